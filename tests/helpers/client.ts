/** Clients over UDP and TCP, for one address of the program. */

import { reset } from "./descriptor.ts";
import { FrameCutter, writeAll } from "./frames.ts";
import { concatenated, frame, type Message, parseMessage } from "./message.ts";
import { Arrivals, PATIENCE, within } from "./waiting.ts";

/** A reply and when it came, in milliseconds since the socket was opened. */
export interface Reply {
  message: Message;
  time: number;
  from: Deno.Addr | undefined;
}

export type Client = UdpClient | TcpClient;

/** Sends all queries, then awaits a reply to each, found by its ID; in the order of the queries. */
export async function exchange(
  client: Client,
  queries: readonly Uint8Array[],
): Promise<Message[]> {
  if (client instanceof TcpClient) await client.send(...queries);
  else for (const query of queries) await client.send(query);
  const byId = new Map<number, Message>();
  while (byId.size < queries.length) {
    const reply = await client.next();
    byId.set(reply.id, reply);
  }
  return queries.map((query) => {
    const reply = byId.get(query[0] * 256 + query[1]);
    if (reply === undefined) throw new Error("A reply to another ID came");
    return reply;
  });
}

export class UdpClient implements Disposable {
  readonly replies = new Arrivals<Reply>();
  readonly #server: Deno.NetAddr;
  readonly #socket: Deno.DatagramConn;
  readonly #start = performance.now();

  constructor(server: Deno.NetAddr, hostname = server.hostname === "::1" ? "::1" : "127.0.0.1") {
    this.#server = server;
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#receive();
  }

  async send(query: Uint8Array): Promise<void> {
    await this.#socket.send(query, this.#server);
  }

  /** The next reply that was not taken yet. */
  async next(limit = PATIENCE): Promise<Message> {
    return (await this.replies.next(limit, "reply over UDP")).message;
  }

  async ask(query: Uint8Array, limit = PATIENCE): Promise<Message> {
    await this.send(query);
    return await this.next(limit);
  }

  close(): void {
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(65535);
    for await (const [octets, from] of received(this.#socket, buffer)) {
      // What another program owes to the one who had this port before is not for this client.
      if ((from as Deno.NetAddr).port !== this.#server.port) continue;
      const message = parseMessage(octets.slice());
      this.replies.push({ message, from, time: performance.now() - this.#start });
    }
  }
}

export class TcpClient implements AsyncDisposable {
  readonly replies = new Arrivals<Reply>();
  /** The sizes of the chunks that were read. */
  readonly chunkSizes: number[] = [];
  /** Resolves with how the server ended its direction. */
  readonly ended: Promise<"FIN" | "RST">;
  readonly #stream: Deno.TcpConn;
  readonly #start = performance.now();

  static async connect(server: Deno.NetAddr, read = true): Promise<TcpClient> {
    const stream = await Deno.connect({ hostname: server.hostname, port: server.port });
    stream.setNoDelay();
    return new TcpClient(stream, read);
  }

  private constructor(stream: Deno.TcpConn, read: boolean) {
    this.#stream = stream;
    this.ended = read ? this.#read() : Promise.resolve("FIN");
  }

  /** Sends queries in their frames, all of them in one write. */
  send(...queries: Uint8Array[]): Promise<void> {
    return this.sendRaw(concatenated(queries.map(frame)));
  }

  async sendRaw(octets: Uint8Array): Promise<void> {
    await writeAll(this.#stream, octets);
  }

  async next(limit = PATIENCE): Promise<Message> {
    return (await this.replies.next(limit, "reply over TCP")).message;
  }

  async ask(query: Uint8Array, limit = PATIENCE): Promise<Message> {
    await this.send(query);
    return await this.next(limit);
  }

  /** The program closed the connection, within `limit` milliseconds. */
  closedByServer(limit = PATIENCE): Promise<"FIN" | "RST"> {
    return within(this.ended, limit, "end of the connection");
  }

  /** FIN: no more queries. */
  async closeWrite(): Promise<void> {
    await this.#stream.closeWrite();
  }

  reset(): void {
    reset(this.#stream);
  }

  /** Closes and waits until everything has ended. */
  async close(): Promise<void> {
    try {
      this.#stream.close();
    } catch { /* closed already */ }
    await this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(): Promise<"FIN" | "RST"> {
    const cutter = new FrameCutter();
    const buffer = new Uint8Array(65536);
    try {
      for (let n; (n = await this.#stream.read(buffer)) !== null;) {
        this.chunkSizes.push(n);
        for (const octets of cutter.push(buffer.subarray(0, n))) this.#arrive(octets);
      }
      return "FIN";
    } catch (error) {
      if (error instanceof RangeError) throw error;
      return "RST";
    }
  }

  #arrive(octets: Uint8Array): void {
    const time = performance.now() - this.#start;
    this.replies.push({ message: parseMessage(octets), from: undefined, time });
  }
}

async function* received(
  socket: Deno.DatagramConn,
  buffer: Uint8Array,
): AsyncGenerator<[Uint8Array, Deno.Addr]> {
  for (;;) {
    try {
      yield await socket.receive(buffer);
    } catch {
      return;
    }
  }
}
