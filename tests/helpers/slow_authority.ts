/** An authoritative server over UDP that takes its time: an address for every name, after a delay. */

import { buildResponse } from "./query.ts";
import { parseMessage } from "./message.ts";
import { Delays } from "./waiting.ts";

export class SlowAuthority implements AsyncDisposable {
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  readonly #delays = new Delays();
  readonly #replies = new Set<Promise<void>>();
  readonly #receiving: Promise<void>;

  constructor(readonly delay: number) {
    this.#receiving = this.#receive();
  }

  get port(): number {
    return (this.#socket.addr as Deno.NetAddr).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#delays.end();
    await Promise.all(this.#replies);
    this.#socket.close();
    await this.#receiving;
  }

  async #receive(): Promise<void> {
    for await (const [octets, from] of this.#socket) {
      const reply: Promise<void> = this.#reply(octets, from).finally(() =>
        this.#replies.delete(reply)
      );
      this.#replies.add(reply);
    }
  }

  async #reply(octets: Uint8Array, from: Deno.Addr): Promise<void> {
    const response = buildResponse(parseMessage(octets.slice()));
    await this.#delays.wait(this.delay);
    await this.#socket.send(response, from);
  }
}
