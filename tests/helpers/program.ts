/** The program as a user runs it: a process of its own. */

import config from "../../deno.json" with { type: "json" };
import { waitUntil, within } from "./waiting.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
/** `run`, the flags and permissions, without the file: as `deno task start` runs it. */
const RUN = config.tasks.dnsfwd.split(" ").slice(1, -1);
/** A compiled program to try instead, which has its flags and permissions in itself. */
const COMPILED = Deno.env.get("DNSFWD_PROGRAM");
const START_LIMIT = 30_000;
const STOP_LIMIT = 20_000;

export interface ProgramOptions {
  env?: Record<string, string>;
  /** Wait for this many addresses. */
  listeners?: number;
  /** Leave out a permission of `deno task start`, by the beginning of its flag. */
  without?: string;
  /** The command that runs it, such as that of a network namespace. */
  prefix?: readonly string[];
  /** More flags of the runtime. */
  flags?: readonly string[];
  /** Another checkout whose program is run, as its own `deno task start` does; compiled or not does not matter. */
  folder?: string;
  /** Files to remove when it has ended. */
  files?: readonly string[];
}

export interface Exit {
  code: number;
  stdout: string;
  stderr: string;
}

/** The numbers of a summary line, by the words before them: `received`, `sent upstream`, ... */
export type Summary = Record<string, number>;

/** Runs the program to its end, for commands that end. */
export async function runProgram(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Exit> {
  const program = new Program(args, options);
  return await within(program.exit, START_LIMIT, "exit of the program");
}

/** Starts the program and waits until it listens. */
export async function startProgram(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Program> {
  const program = new Program(args, options);
  try {
    const wanted = options.listeners ?? 1;
    await waitUntil(
      () => program.addresses.length >= wanted || program.ended,
      "listening",
      START_LIMIT,
    );
    if (program.addresses.length < wanted) throw new Error("Not listening");
    return program;
  } catch (error) {
    const { code, stderr } = await program.stop();
    throw new Error(`The program did not start (exit code ${code}):\n${stderr}`, { cause: error });
  }
}

function commandOf({ folder, without, flags = [] }: ProgramOptions): string[] {
  if (folder !== undefined) return commandIn(folder);
  const given = RUN.filter((flag) => without === undefined || !flag.startsWith(without));
  return [Deno.execPath(), ...given, ...flags, MAIN];
}

function commandIn(folder: string): string[] {
  const file = `${folder}/deno.json`;
  const { tasks } = JSON.parse(Deno.readTextFileSync(file));
  const run = (tasks.dnsfwd ?? tasks.start).split(" ").slice(1, -1);
  return [Deno.execPath(), ...run, "--config", file, `${folder}/main.ts`];
}

let created = 0;

export class Program implements AsyncDisposable {
  /** Where it keeps its state unless told otherwise: its own, and gone with it. Made only if it is written to. */
  readonly stateDirectory = `${tempFolder()}/dnsfwd-state-${Deno.pid}-${created++}`;
  /** Where its lock and its control socket are unless told otherwise: likewise. */
  readonly runtimeDirectory = this.stateDirectory.replace("-state-", "-run-");
  readonly exit: Promise<Exit>;
  ended = false;
  #stdout = "";
  #stderr = "";
  readonly #process: Deno.ChildProcess;
  readonly #files: readonly string[];

  constructor(args: readonly string[], options: ProgramOptions) {
    this.#files = options.files ?? [];
    const isSource = COMPILED === undefined || options.folder !== undefined;
    const own = isSource ? commandOf(options) : [COMPILED];
    const [command, ...rest] = [...options.prefix ?? [], ...own, ...args];
    this.#process = new Deno.Command(command, {
      args: rest,
      env: { ...this.#ownPlaces(), ...options.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.exit = this.#follow();
  }

  /** None of the user's who runs the tests. */
  #ownPlaces(): Record<string, string> {
    const none = `${this.stateDirectory}/no-configuration`;
    return {
      NO_COLOR: "1",
      STATE_DIRECTORY: this.stateDirectory,
      RUNTIME_DIRECTORY: this.runtimeDirectory,
      CONFIGURATION_DIRECTORY: none,
      XDG_CONFIG_HOME: none,
    };
  }

  get pid(): number {
    return this.#process.pid;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The addresses it serves, in the order of its log. */
  get addresses(): Deno.NetAddr[] {
    const found = this.#stderr.matchAll(/Listening on (\S+):(\d+) \(UDP and TCP\)\n/g);
    return Array.from(found, ([, host, port]) => ({
      transport: "udp",
      hostname: host.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port),
    }));
  }

  get address(): Deno.NetAddr {
    return this.addresses[0];
  }

  /** Asks for a summary line and reads it. */
  async summary(): Promise<Summary> {
    const before = this.#summaries().length;
    this.#process.kill("SIGUSR2");
    await waitUntil(() => this.#summaries().length > before, "summary");
    return this.#summaries()[before];
  }

  /** The summary of the exit, after `stop()`. */
  get lastSummary(): Summary | undefined {
    return this.#summaries().at(-1);
  }

  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** SIGTERM, unless it has ended; SIGKILL only when that does not help, which is an error. */
  async stop(): Promise<Exit> {
    if (!this.ended) this.#process.kill("SIGTERM");
    try {
      return await within(this.exit, STOP_LIMIT, "exit after SIGTERM");
    } catch (error) {
      this.#process.kill("SIGKILL");
      await this.exit;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #summaries(): Summary[] {
    const lines = this.#stderr.matchAll(/Summary: (.*)\n/g);
    return Array.from(lines, ([, line]) => {
      const pairs = line.matchAll(/([a-z][a-z ]*?) (\d+)/gi);
      return Object.fromEntries(Array.from(pairs, ([, name, number]) => [name, Number(number)]));
    });
  }

  async #follow(): Promise<Exit> {
    const [status] = await Promise.all([
      this.#process.status,
      collect(this.#process.stdout, (text) => this.#stdout += text),
      collect(this.#process.stderr, (text) => this.#stderr += text),
    ]);
    this.ended = true;
    await removeIfThere(this.stateDirectory);
    await removeIfThere(this.runtimeDirectory);
    for (const file of this.#files) await removeIfThere(file);
    return { code: status.code, stdout: this.#stdout, stderr: this.#stderr };
  }
}

function tempFolder(): string {
  return Deno.env.get("TMPDIR") ?? "/tmp";
}

async function removeIfThere(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
}
