/** The program on a terminal: a pseudo-terminal that script(1) of util-linux makes, which every Debian has. */

import config from "../../deno.json" with { type: "json" };
import { findProgram, IS_CI } from "./real_peer.ts";
import { waitUntil, within } from "./waiting.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const RUN = config.tasks.dnsfwd.split(" ").slice(1, -1);
const EXIT_LIMIT = 20_000;
const START_LIMIT = 30_000;

export interface TerminalOptions {
  readonly rows?: number;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A test that needs terminals: ignored where they cannot be had, a failure where CI is set. */
export function terminalTest(name: string, fn: () => Promise<void>): void {
  const hasScript = Deno.build.os === "linux" && findProgram("script") !== undefined;
  Deno.test({ name, ignore: !hasScript && !IS_CI, fn });
}

export class PseudoTerminal implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #followed: Promise<void>;
  #output = "";

  private constructor(args: readonly string[], { columns, env, rows }: Required<TerminalOptions>) {
    const command = [Deno.execPath(), ...RUN, MAIN, ...args].map((word) => `'${word}'`).join(" ");
    // After it has ended the shell tells how, and how the terminal was left; a Ctrl-C ends the program alone.
    const session = `trap : INT; stty rows ${rows} cols ${columns}; echo "tty=$(tty)"; ` +
      `sh -c 'echo "pid=$$"; exec "$@"' sh ${command}; echo "code=$?"; stty -a`;
    this.#process = new Deno.Command("script", {
      args: ["-q", "-e", "-c", session, "/dev/null"],
      env: { SHELL: "/bin/sh", TERM: "xterm", LC_ALL: "C.UTF-8", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#keys = this.#process.stdin.getWriter();
    this.#followed = this.#follow();
  }

  /** Runs the program with these arguments. */
  static async start(
    args: readonly string[],
    { columns = 80, env = {}, rows = 24 }: TerminalOptions = {},
  ): Promise<PseudoTerminal> {
    const terminal = new PseudoTerminal(args, { columns, env, rows });
    await waitUntil(() => terminal.#output.includes("pid="), "the terminal", START_LIMIT);
    return terminal;
  }

  /** All that was written to it. */
  get output(): string {
    return this.#output;
  }

  /** The latest screen that is whole, by rows, without what colours it; the program draws from its start each time. */
  get screen(): readonly string[] {
    const frame = this.#output.split("\x1b[?7h")[0].split("\x1b[H").slice(1).at(-1) ?? "";
    // deno-lint-ignore no-control-regex
    return frame.replaceAll(/\x1b\[[0-9;]*[A-Za-z]/g, "").split(/\r+\n/);
  }

  /** How often the screen was drawn. */
  get frames(): number {
    return this.#output.split("\x1b[H").length - 1;
  }

  /** How the terminal was left, as stty(1) says it; and the exit code of the program. */
  get left(): { readonly code: number; readonly settings: string } {
    const [, code, settings] = /code=(\d+)\r\n([^]*)/.exec(this.#output) ?? [];
    return { code: Number(code), settings };
  }

  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** Sends the program a signal. */
  signal(signal: Deno.Signal): void {
    Deno.kill(this.pid, signal);
  }

  get pid(): number {
    return Number(this.#value("pid"));
  }

  /** Ends the terminal, as when its window is closed. */
  hangUp(): void {
    this.#process.kill("SIGKILL");
  }

  /** Gives the terminal another size, which the program is told by the kernel. */
  async resize(rows: number, columns: number): Promise<void> {
    const args = ["-F", this.#value("tty"), "rows", `${rows}`, "cols", `${columns}`];
    await new Deno.Command("stty", { args }).output();
  }

  /** Resolves once the program has ended. */
  async ended(): Promise<void> {
    await within(this.#followed, EXIT_LIMIT, "end on the terminal");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch { /* it has ended by itself */ }
    await this.#keys.close().catch(() => {/* it has ended by itself */});
    await this.#followed;
  }

  #value(name: string): string {
    return new RegExp(`${name}=(\\S+)\r\n`).exec(this.#output)?.[1] ?? "";
  }

  async #follow(): Promise<void> {
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const part of text) this.#output += part;
    await this.#process.status;
  }
}
