/** A resolver over UDP on loopback that knows the addresses of one server, whatever name is asked for. */

import { type Message, parseMessage, RCODE, TYPE } from "./message.ts";
import { buildResponse } from "./query.ts";

export interface NameServerOptions {
  /** IPv4 addresses, and IPv6 addresses as eight groups without `::`; may be changed at any time. */
  addresses?: string[];
  /** Is asked before each answer: false for none at all. */
  answers?: (type: number) => boolean;
}

export class NameServer implements Disposable {
  /** The names asked for, in lower case. */
  readonly names: string[] = [];
  addresses: string[];
  answers: (type: number) => boolean;
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });

  /** 127.0.0.1 unless told otherwise. */
  constructor({ addresses = ["127.0.0.1"], answers = () => true }: NameServerOptions = {}) {
    this.addresses = addresses;
    this.answers = answers;
    this.#serve();
  }

  get port(): number {
    return (this.#socket.addr as Deno.NetAddr).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async #serve(): Promise<void> {
    for await (const [octets, from] of this.#socket) {
      const query = parseMessage(octets);
      const { name, type } = query.questions[0];
      this.names.push(name.toLowerCase());
      if (this.answers(type)) await this.#socket.send(this.#response(query), from);
    }
  }

  #response(query: Message): Uint8Array {
    const { name, type } = query.questions[0];
    const fitting = this.addresses.filter((address) =>
      type === (address.includes(":") ? TYPE.AAAA : TYPE.A)
    );
    const answers = fitting.map((address) => ({
      name,
      type,
      data: octetsOf(address),
    }));
    const rcode = this.addresses.length > 0 ? 0 : RCODE.NXDOMAIN;
    return buildResponse(query, { answers, rcode });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

function octetsOf(address: string): Uint8Array {
  if (!address.includes(":")) return Uint8Array.from(address.split("."), Number);
  const groups = address.split(":").map((group) => parseInt(group, 16));
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]));
}
