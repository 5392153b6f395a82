/**
 * A DNS-over-TLS server on loopback (RFC 7858), just large enough to stand behind the forwarder:
 * it answers after 5 to 30 ms and therefore out of order, cuts its connections on command, counts.
 *
 * It is made of `node:tls`, as a connection accepted by `Deno.listenTls` has Nagle's algorithm on
 * and no way to turn it off: measured, the second of two small responses came 40 ms late.
 */
import { createServer, type Server, type TLSSocket } from "node:tls";
import { HEADER_LENGTH } from "../../dns/header.ts";
import type { Address } from "../../net/address.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import type { DemoCertificates } from "./certificate.ts";
import { makeResponse } from "./made_up_answers.ts";
import { frame } from "./message.ts";

/** What the embedded upstream has seen since it was opened. */
export interface UpstreamCounts {
  readonly connections: number;
  readonly handshakes: number;
  readonly queries: number;
}

/** How long the embedded upstream takes for a response, at least and at most. */
export const RESPONSE_DELAY = { minimum: 5, maximum: 30 } as const;

const HOSTNAME = "127.0.0.1";
const READ_LENGTH = 16_384;

/** The embedded upstream; `EmbeddedUpstream.open()` starts it, `close()` ends it. */
export class EmbeddedUpstream {
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #opened = 0;
  #handshakes = 0;
  #queries = 0;

  private constructor(certificates: DemoCertificates) {
    const { certificate: cert, privateKey: key } = certificates;
    const options = { cert, key, host: HOSTNAME, ALPNProtocols: ["dot"], noDelay: true };
    this.#server = createServer(options);
    this.#server.on("connection", () => this.#opened++);
    this.#server.on("secureConnection", (socket: TLSSocket) => this.#serve(socket));
  }

  /** Listens on a free port of 127.0.0.1. */
  static async open(certificates: DemoCertificates): Promise<EmbeddedUpstream> {
    const upstream = new EmbeddedUpstream(certificates);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    upstream.#server.once("error", reject);
    listen(upstream.#server, resolve);
    await promise;
    return upstream;
  }

  /** The address it listens on. */
  get address(): Address {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("Upstream is closed");
    return { hostname: address.address, port: address.port };
  }

  /** What was counted so far; a copy. */
  counts(): UpstreamCounts {
    // Runtimes up to 2.6 do not tell of a connection before its handshake.
    const connections = Math.max(this.#opened, this.#handshakes);
    return { connections, handshakes: this.#handshakes, queries: this.#queries };
  }

  /** Cuts every connection without a word, and returns how many queries were left unanswered. */
  cutConnections(): number {
    let unanswered = 0;
    for (const connection of this.#connections) unanswered += connection.cut();
    this.#connections.clear();
    return unanswered;
  }

  /** Cuts what is open and stops listening. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cutConnections();
    await closed;
  }

  #serve(socket: TLSSocket): void {
    const number = ++this.#handshakes;
    const connection = new Connection(socket, () => {
      this.#queries++;
      return `query ${this.#queries} in all, on upstream connection ${number}`;
    });
    this.#connections.add(connection);
    socket.on("close", () => this.#connections.delete(connection));
  }
}

/** One accepted connection: its timers are the queries that wait for their response. */
class Connection {
  readonly #socket: TLSSocket;
  readonly #reader = new FrameReader(READ_LENGTH);
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #remark: () => string;
  #received = 0;

  constructor(socket: TLSSocket, remark: () => string) {
    this.#socket = socket;
    this.#remark = remark;
    socket.on("data", (chunk: Uint8Array) => this.#read(chunk));
    socket.on("error", () => this.cut()); // the other end may go at any time
    socket.on("end", () => this.cut());
  }

  /** Returns how many queries it leaves unanswered. */
  cut(): number {
    const unanswered = this.#timers.size;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#socket.destroy();
    return unanswered;
  }

  #read(chunk: Uint8Array): void {
    for (let rest = chunk; rest.length > 0 && !this.#socket.destroyed;) {
      const room = this.#reader.room();
      const part = rest.subarray(0, room.length);
      room.set(part);
      this.#reader.advance(part.length);
      rest = rest.subarray(part.length);
      this.#takeQueries();
    }
  }

  #takeQueries(): void {
    for (let query; (query = this.#reader.next()) !== undefined;) {
      if (query.length < HEADER_LENGTH) return void this.cut();
      this.#answerLater(makeResponse(query, this.#remark()));
    }
  }

  #answerLater(response: Uint8Array): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#socket.write(frame(response));
    }, responseDelay(this.#received++));
    this.#timers.add(timer);
  }
}

/** Runtimes up to 2.6 take the host from the options of the server, and the callback in its place. */
function listen(server: Server, onListening: () => void): void {
  if (server.listen.length === 2) server.listen(0, onListening);
  else server.listen(0, HOSTNAME, onListening);
}

/** Walks through the whole range in strides, so that neighbours are answered out of order. */
function responseDelay(index: number): number {
  const { minimum, maximum } = RESPONSE_DELAY;
  return minimum + index * 7 % (maximum - minimum + 1);
}
