/**
 * The upstream of the soak, run as a process of its own: answers every query with an address, in bursts,
 * and ends each connection after a random time in a random manner, with queries unanswered.
 *
 *     standard input:   certificate, key and port as a line of JSON; its end: stop
 *     standard output:  the port as a line; at the end what was counted, as JSON
 *
 * It is made of `node:tls`: connections of `Deno.listenTls` have Nagle's algorithm on.
 */

import type { AddressInfo, Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { FrameReader } from "../../lib/net/frame_reader.ts";

/** How connections ended: with close_notify and FIN, with FIN alone, with RST. */
export interface EndingCounts {
  closed: number;
  cut: number;
  reset: number;
}

/** Milliseconds that a connection lives, and that a query waits, at least and at most. */
const LIFETIME = { minimum: 1000, maximum: 5000 };
const DELAY = { minimum: 1, maximum: 20 };
const READ_LENGTH = 65_536;
const HEADER_LENGTH = 12;
/** QR and RA; RD is copied. */
const RESPONSE_FLAGS = [0x80, 0x80];
/** The name of the question, A, IN, 300 s, 192.0.2.1. */
const RECORD = [0xc0, HEADER_LENGTH, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1];
const ENDINGS = ["closed", "cut", "reset"] as const;

const counts: EndingCounts = { closed: 0, cut: 0, reset: 0 };

class Connection {
  readonly #secured: TLSSocket;
  readonly #wire: Socket;
  readonly #reader = new FrameReader(READ_LENGTH);
  #frames: Uint8Array[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hasEnded = false;

  /** `wire` is the stream below TLS. */
  constructor(secured: TLSSocket, wire: Socket) {
    this.#secured = secured;
    this.#wire = wire;
    const life = setTimeout(() => this.#end(), between(LIFETIME));
    secured.on("data", (chunk: Uint8Array) => this.#read(chunk));
    secured.on("error", () => {}); // the other end may go at any time
    secured.on("close", () => {
      clearTimeout(life);
      this.#stopAnswering();
    });
  }

  #read(chunk: Uint8Array): void {
    for (let rest = chunk; rest.length > 0 && !this.#hasEnded;) {
      const room = this.#reader.room();
      const part = rest.subarray(0, room.length);
      room.set(part);
      this.#reader.advance(part.length);
      rest = rest.subarray(part.length);
      for (let query; (query = this.#reader.next()) !== undefined;) this.#answer(query);
    }
  }

  #answer(query: Uint8Array): void {
    this.#frames.push(framedResponse(query));
    this.#timer ??= setTimeout(() => this.#flush(), between(DELAY));
  }

  /** One write for all, to leave the processor to those who are measured. */
  #flush(): void {
    const octets = Buffer.concat(this.#frames);
    this.#stopAnswering();
    this.#secured.write(octets);
  }

  #stopAnswering(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#frames = [];
  }

  #end(): void {
    this.#hasEnded = true;
    this.#stopAnswering();
    const ending = ENDINGS[Math.floor(Math.random() * ENDINGS.length)];
    counts[ending]++;
    if (ending === "closed") this.#secured.end();
    else if (ending === "cut") this.#wire.destroy();
    else this.#wire.resetAndDestroy();
  }
}

function between({ minimum, maximum }: typeof LIFETIME): number {
  return minimum + Math.random() * (maximum - minimum);
}

/** A response without EDNS, whatever the query has. */
function framedResponse(query: Uint8Array): Uint8Array {
  let end = HEADER_LENGTH;
  while (query[end] !== 0) end += 1 + query[end];
  end += 5;
  const octets = new Uint8Array(2 + end + RECORD.length);
  const length = end + RECORD.length;
  octets.set([length >> 8, length & 0xff]);
  octets.set(query.subarray(0, end), 2);
  octets[4] |= RESPONSE_FLAGS[0];
  octets[5] = RESPONSE_FLAGS[1];
  octets.set([0, 1, 0, 1, 0, 0, 0, 0], 6);
  octets.set(RECORD, 2 + end);
  return octets;
}

interface Setting {
  readonly cert: string;
  readonly key: string;
  /** 0: any free one. */
  readonly port: number;
}

async function listen({ port, ...identity }: Setting): Promise<Server> {
  const wires = new Map<number | undefined, Socket>();
  const server = createServer({ ...identity, ALPNProtocols: ["dot"], noDelay: true });
  server.on("connection", (wire: Socket) => {
    wires.set(wire.remotePort, wire);
    wire.on("error", () => {});
    wire.on("close", () => wires.delete(wire.remotePort));
  });
  server.on("secureConnection", (secured: TLSSocket) => {
    const wire = wires.get(secured.remotePort);
    if (wire) new Connection(secured, wire);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  return server;
}

const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
const { value = "" } = await input.read();
const server = await listen(JSON.parse(value));
console.log((server.address() as AddressInfo).port);
while (!(await input.read()).done);
console.log(JSON.stringify(counts));
Deno.exit(0);
