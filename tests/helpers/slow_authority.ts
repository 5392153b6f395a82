/** An authoritative server over UDP and TCP that takes its time: an address for every name, after a delay. */

import { FrameCutter, writeAll } from "./frames.ts";
import { frame, parseMessage } from "./message.ts";
import { buildResponse } from "./query.ts";
import { freePort } from "./real_peer.ts";
import { Delays } from "./waiting.ts";

export class SlowAuthority implements AsyncDisposable {
  readonly port = freePort();
  readonly #socket = Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: this.port,
  });
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: this.port });
  readonly #streams = new Set<Deno.Conn>();
  readonly #delays = new Delays();
  readonly #running = new Set<Promise<void>>();

  constructor(readonly delay: number) {
    this.#run(this.#receive());
    this.#run(this.#accept());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#delays.end();
    this.#listener.close();
    this.#socket.close();
    for (const stream of this.#streams) stream.close();
    await Promise.all(this.#running);
  }

  #run(running: Promise<void>): void {
    const tracked: Promise<void> = running.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  async #receive(): Promise<void> {
    for await (const [octets, from] of this.#socket) {
      const send = async (response: Uint8Array) => void await this.#socket.send(response, from);
      this.#run(this.#reply(octets.slice(), send));
    }
  }

  async #accept(): Promise<void> {
    for await (const stream of this.#listener) {
      this.#streams.add(stream);
      this.#run(this.#serve(stream));
    }
  }

  async #serve(stream: Deno.TcpConn): Promise<void> {
    const cutter = new FrameCutter();
    const buffer = new Uint8Array(65_536);
    const send = (response: Uint8Array) => writeAll(stream, frame(response));
    // Whoever closes first ends the reading.
    const read = () => stream.read(buffer).catch(() => null);
    for (let length = await read(); length !== null; length = await read()) {
      for (const query of cutter.push(buffer.subarray(0, length))) {
        this.#run(this.#reply(query, send));
      }
    }
  }

  async #reply(query: Uint8Array, send: (response: Uint8Array) => Promise<void>): Promise<void> {
    const response = buildResponse(parseMessage(query));
    await this.#delays.wait(this.delay);
    // Nobody waits for it any more where that fails.
    await send(response).catch(() => {});
  }
}
