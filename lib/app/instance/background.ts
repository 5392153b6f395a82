/**
 * Starts the forwarder in the background: a process in a session of its own, with / as working directory, of
 * whose standard streams only standard error leads anywhere, to ours, until it is ready.
 */

import { StandardStream } from "../standard_stream.ts";
import { InstanceError } from "./instance_error.ts";
import { InstanceLock } from "./instance_lock.ts";
import { askHealth } from "./liveness.ts";
import { ownProgram } from "./own_program.ts";
import { StandardStreams } from "./standard_streams.ts";
import { reasonOf } from "../system_error.ts";

/** Milliseconds until it must be ready. */
const READY_TIME = 15_000;
/** Milliseconds between two questions whether it is. */
const PAUSE = 10;
/** Milliseconds that the last lines of the process may take on their way through ours. */
const RELAY_TIME = 1000;
/** Exit code of a setting that cannot be used. */
const USAGE = 2;

/** It could not be started. Standard error has the reason already, if `message` is empty. */
export class NotStarted extends InstanceError {
  override readonly name = "NotStarted";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Starts `run` with `args` and resolves to its process ID once it is well; throws `NotStarted`. */
export async function startInBackground(
  directory: string,
  args: readonly string[],
): Promise<number> {
  keepDescriptors();
  const process = spawn(["run", "--background", ...args, `--runtime-dir=${directory}`]);
  const relay = new Relay(process.stderr);
  const code = await exitBeforeReady(directory, process);
  if (code === undefined) {
    await soon(relay.stop());
    return process.pid;
  }
  await soon(relay.ended);
  const reason = `dnsfwd ended with exit code ${code} before it was ready`;
  throw new NotStarted(relay.hasText ? "" : reason, code === USAGE ? USAGE : 1);
}

function spawn(args: readonly string[]): Deno.ChildProcess {
  const [program, ...words] = ownProgram();
  try {
    const process = new Deno.Command(program, {
      args: [...words, ...args],
      cwd: "/",
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      detached: true,
    }).spawn();
    process.unref();
    return process;
  } catch (error) {
    throw new NotStarted(`Cannot run ${program}: ${reasonOf(error)}`, 1);
  }
}

/** Undefined once the process is well, else its exit code; one that is neither in time is killed. */
async function exitBeforeReady(
  directory: string,
  process: Deno.ChildProcess,
): Promise<number | undefined> {
  const end = performance.now() + READY_TIME;
  let code: number | undefined;
  process.status.then((status) => code = status.code);
  let problem = "it does not answer";
  while (code === undefined) {
    const left = end - performance.now();
    if (left <= 0) {
      process.kill("SIGKILL");
      throw new NotStarted(`dnsfwd was not ready within ${READY_TIME / 1000} s: ${problem}`, 1);
    }
    if (isHeldBy(process.pid, directory)) {
      const health = await askHealth(directory, left);
      if (health.problem === undefined) return undefined;
      problem = health.problem;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return code;
}

/** As the promise does, but for `RELAY_TIME` at most: nobody may read our standard error. */
async function soon(promise: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, RELAY_TIME));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

/** Who has just taken the lock may not have said so yet. */
function isHeldBy(pid: number, directory: string): boolean {
  try {
    return InstanceLock.holder(directory) === pid;
  } catch (error) {
    if (error instanceof InstanceError) return false;
    throw error;
  }
}

/** Whatever else the caller has open, such as the lock of a script, is not to stay open for years. */
function keepDescriptors(): void {
  let streams: StandardStreams;
  try {
    streams = StandardStreams.find();
  } catch {
    // Without the C library it cannot be helped; nothing else depends on it.
    return;
  }
  streams.keepFromChildren();
}

/** Passes on what the process writes to standard error. */
class Relay {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly ended: Promise<void>;
  hasText = false;
  readonly #error = new StandardStream("stderr");

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
    this.ended = this.#run();
  }

  /** Passes on what is there, and no more. */
  async stop(): Promise<void> {
    await this.#reader.cancel();
    await this.ended;
  }

  async #run(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      this.hasText = true;
      await this.#error.append(value);
    }
  }
}
