/** The closing upstream as a process, so that neither its processor time nor its memory is the forwarder's. */

import type { Identity } from "../../tests/helpers/certificate.ts";
import type { EndingCounts } from "./closing_upstream.ts";

const MAIN = new URL("closing_upstream.ts", import.meta.url).pathname;

export class UpstreamProcess implements AsyncDisposable {
  readonly port: number;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;

  /** On a free port unless one is given. */
  static async start(identity: Identity, port = 0): Promise<UpstreamProcess> {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-net=127.0.0.1", MAIN],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const input = process.stdin.getWriter();
    await input.write(new TextEncoder().encode(JSON.stringify({ ...identity, port })));
    const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "" } = await output.read();
    if (!/^\d+\n$/.test(value)) throw new Error("The upstream did not start");
    return new UpstreamProcess(process, input, output, Number(value));
  }

  private constructor(
    process: Deno.ChildProcess,
    input: WritableStreamDefaultWriter<Uint8Array>,
    output: ReadableStreamDefaultReader<string>,
    port: number,
  ) {
    this.#process = process;
    this.#input = input;
    this.#output = output;
    this.port = port;
  }

  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Ends it with SIGKILL. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#input.close().catch(() => {});
    await this.#output.cancel();
  }

  /** Ends it; how its connections ended. */
  async stop(): Promise<EndingCounts> {
    await this.#input.close();
    const { value = "" } = await this.#output.read();
    await this.#process.status;
    return JSON.parse(value);
  }

  /** Ends it if that was not done. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    await this.#output.cancel();
    await this.#process.status;
  }
}
