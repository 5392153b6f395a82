/** A forwarder within the test's process, whose configuration the test changes. */

import { type Forwarder, startForwarder } from "../../lib/app/forwarder.ts";
import { TcpClient, UdpClient } from "./client.ts";
import { runConfig } from "./run_config.ts";

/** Any port of loopback. */
export const ANY = ["--listen", "127.0.0.1:0"];

/** The C library would stay open after the test. */
const PLAIN = ["--udp-io", "plain"];

export class ReloadStage implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly forwarder: Forwarder;
  readonly #clients: UdpClient[] = [];
  readonly #streams: TcpClient[] = [];
  readonly #caCerts: readonly string[];

  constructor(args: readonly string[], caCerts: readonly string[] = []) {
    const add = (text: string) => void this.lines.push(text);
    const log = { debug: () => {}, info: add, warning: add, error: add };
    this.#caCerts = caCerts;
    this.forwarder = startForwarder(runConfig([...PLAIN, ...args], caCerts), { log });
  }

  /** The address served, of several the one with this index. */
  address(index = 0): Deno.NetAddr {
    return { transport: "udp", ...this.forwarder.addresses[index] };
  }

  reload(...args: string[]): Promise<void> {
    return this.forwarder.reload(runConfig([...PLAIN, ...args], this.#caCerts));
  }

  udp(server = this.address()): UdpClient {
    const client = new UdpClient(server);
    this.#clients.push(client);
    return client;
  }

  async tcp(server = this.address()): Promise<TcpClient> {
    const client = await TcpClient.connect(server);
    this.#streams.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const client of this.#streams) await client.close();
    await this.forwarder.stop();
  }
}
