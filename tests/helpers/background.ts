/**
 * The program in the background, as cron would have it: directories and a port of its own, and an upstream
 * that answers. Whatever still runs at the end is killed.
 *
 *     await using stage = await BackgroundStage.open();
 *     const { code, stderr } = await stage.run("ensure");
 */

import { UdpClient } from "./client.ts";
import type { Message } from "./message.ts";
import { type Exit, Program } from "./program.ts";
import { buildQuery } from "./query.ts";
import { freePort } from "./real_peer.ts";
import { ScriptedUpstream } from "./scripted_upstream.ts";
import { waitUntil, within } from "./waiting.ts";

/** A command that replaces one which does not answer waits for that one, and then for another. */
const COMMAND_LIMIT = 40_000;

export interface StageOptions {
  /** The command that runs the program, such as that of another clock. */
  readonly prefix?: readonly string[];
  /** More options of the program. */
  readonly args?: readonly string[];
}

export class BackgroundStage implements AsyncDisposable {
  readonly folder: string;
  readonly port = freePort();
  readonly #upstream: ScriptedUpstream;
  readonly #options: StageOptions;
  /** Where a cron daemon or another command has its own idea of the file system. */
  readonly env: Record<string, string>;

  static async open(options: StageOptions = {}): Promise<BackgroundStage> {
    const folder = await Deno.makeTempDir({ prefix: "dnsfwd-background-" });
    await Deno.mkdir(`${folder}/logs`);
    return new BackgroundStage(folder, options);
  }

  private constructor(folder: string, options: StageOptions) {
    this.folder = folder;
    this.#options = options;
    this.#upstream = new ScriptedUpstream({ script: (query) => query.answer() });
    this.env = {
      RUNTIME_DIRECTORY: `${folder}/run`,
      STATE_DIRECTORY: `${folder}/state`,
      LOGS_DIRECTORY: `${folder}/logs`,
    };
  }

  /** The options that every command has which starts the program. */
  get options(): string[] {
    const { uri } = this.#upstream;
    const listen = `127.0.0.1:${this.port}`;
    return ["--listen", listen, "--upstream", uri, ...this.#options.args ?? []];
  }

  get logFile(): string {
    return `${this.folder}/logs/dnsfwd.log`;
  }

  get log(): string {
    return Deno.readTextFileSync(this.logFile);
  }

  /** Runs a command to its end, and to that of the streams that it was given. */
  async run(name: string, ...more: string[]): Promise<Exit> {
    const isStarter = ["ensure", "start", "restart"].includes(name);
    const args = [name, ...(isStarter ? this.options : []), ...more];
    const { prefix } = this.#options;
    const program = new Program(args, { env: this.env, prefix });
    return await within(program.exit, COMMAND_LIMIT, `exit of ${name}`);
  }

  /** The same, and throws unless it has said nothing and was content. */
  async ensure(...more: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.run("ensure", ...more);
    if (code === 0 && stdout + stderr === "") return;
    throw new Error(`Exit code ${code}: ${stdout}${stderr}`);
  }

  /** The processes that run in the background here, in whatever state. */
  get pids(): number[] {
    return Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name)).filter((pid) =>
      pid > 0 && isOurs(pid, `--runtime-dir=${this.folder}/run`)
    );
  }

  /** The only one; throws if there is another number of them. */
  get pid(): number {
    const { pids } = this;
    if (pids.length !== 1) throw new Error(`${pids.length} processes instead of one`);
    return pids[0];
  }

  /** Ends the only one, and waits until it is gone. */
  async kill(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    const { pid } = this;
    Deno.kill(pid, signal);
    await waitUntil(() => !this.pids.includes(pid), "end of the process");
  }

  async ask(name = "www.example"): Promise<Message> {
    using client = new UdpClient({ transport: "udp", hostname: "127.0.0.1", port: this.port });
    return await client.ask(buildQuery(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.pids) Deno.kill(pid, "SIGKILL");
    await waitUntil(() => this.pids.length === 0, "end of all processes");
    await this.#upstream.stop();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Whether a process has `argument` and is none that has ended and waits for its parent. */
function isOurs(pid: number, argument: string): boolean {
  try {
    const words = Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0");
    return words.includes("--background") && words.includes(argument);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  // One that ends while it is read has no code: ESRCH.
  return error instanceof Deno.errors.NotFound || /\(os error 3\)/.test(String(error));
}
