/** One connection of a scripted upstream: what came over it, what the script sends over it, its end. */

import { FrameCutter, writeAll } from "./frames.ts";
import { concatenated, frame, type Message, parseMessage } from "./message.ts";
import { reset } from "./descriptor.ts";
import { buildResponse, type ResponseInput } from "./query.ts";
import type { WireEnding } from "./tls_relay.ts";

/** `forwarder`: the program ended it; the others: what the script did. */
export type Ending = "forwarder" | WireEnding | "stopped";

export class UpstreamConnection {
  alpn: string | null = null;
  /** TLS: the handshake is done; otherwise: accepted. */
  ready = false;
  /** Who ended it first. */
  ending: Ending | undefined;
  /** The program has ended its direction too. */
  finished = false;
  /** It did so as TLS wants it: close_notify (RFC 8446, 6.1). */
  finishedCleanly = false;
  /** Octets of DNS received, framing included. */
  octetsReceived = 0;
  readonly queries: Query[] = [];
  /** How many queries came after the script ended the connection, as they do on a real server. */
  unreadQueries = 0;
  /** The first octets below TLS. */
  firstOctets: Uint8Array = new Uint8Array();
  readonly acceptedAt = performance.now();
  #stream: Deno.Conn | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** `wire` is the stream without TLS. */
  constructor(readonly number: number, readonly wire: Deno.Conn) {}

  /** Reads queries from `stream` until its end; `visit` gets each whole message. */
  async serve(stream: Deno.Conn, visit: (octets: Uint8Array<ArrayBuffer>) => void): Promise<void> {
    this.#stream = stream;
    this.ready = true;
    const cutter = new FrameCutter();
    const buffer = new Uint8Array(65536);
    try {
      for (let n; (n = await stream.read(buffer)) !== null;) {
        this.octetsReceived += n;
        for (const message of cutter.push(buffer.subarray(0, n))) {
          if (this.ending === undefined) visit(message);
          else this.unreadQueries++;
        }
      }
      this.finishedCleanly = true;
    } catch { /* its end is all that matters here */ }
    this.ending ??= "forwarder";
    this.finished = true;
  }

  /** Sends each message in its frame, all of them in one write. */
  send(...messages: Uint8Array[]): Promise<void> {
    return this.sendRaw(concatenated(messages.map(frame)));
  }

  /** Sends octets as they are. */
  sendRaw(octets: Uint8Array): Promise<void> {
    return this.#then((stream) => writeAll(stream, octets));
  }

  /** Sends `octets` in pieces of `size` octets, each a write (and a TLS record) of its own. */
  sendInPieces(octets: Uint8Array, size = 1): Promise<void> {
    return this.#then(async (stream) => {
      for (let at = 0; at < octets.length; at += size) {
        await writeAll(stream, octets.subarray(at, at + size));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
  }

  /** Ends our direction as servers do after what was sent: close_notify (TLS) and FIN. */
  close(): Promise<void> {
    return this.#end("closed");
  }

  /** Ends the stream without close_notify after what was sent: only FIN. */
  cut(): Promise<void> {
    return this.#end("cut");
  }

  /** Sends RST after what was sent, without FIN. */
  reset(): Promise<void> {
    return this.#end("reset");
  }

  /** How the stream below TLS is to end. */
  get wireEnding(): WireEnding {
    return this.ending === "cut" || this.ending === "reset" ? this.ending : "closed";
  }

  /** Ends everything without regard. */
  stop(): void {
    this.ending ??= "stopped";
    for (const stream of [this.#stream, this.wire]) {
      try {
        stream?.close();
      } catch { /* closed already */ }
    }
  }

  #end(ending: WireEnding): Promise<void> {
    return this.#then(async (stream) => {
      this.ending ??= ending;
      if (stream === this.wire && ending === "reset") reset(stream);
      else await stream.closeWrite();
    });
  }

  /** Everything is sent in the order of the calls; errors of a connection that ended do not matter. */
  #then(act: (stream: Deno.Conn) => Promise<void>): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return Promise.resolve();
    return this.#writing = this.#writing.then(() => act(stream)).catch(() => {});
  }
}

/** A query as an upstream received it. */
export class Query {
  readonly message: Message;
  readonly time = performance.now();

  /** `index` counts the queries of all connections from 0. */
  constructor(
    readonly octets: Uint8Array<ArrayBuffer>,
    readonly connection: UpstreamConnection,
    readonly index: number,
    readonly indexOnConnection: number,
  ) {
    this.message = parseMessage(octets);
  }

  get name(): string {
    return this.message.questions[0]?.name ?? "";
  }

  get type(): number {
    return this.message.questions[0]?.type ?? 0;
  }

  response(input: ResponseInput = {}): Uint8Array<ArrayBuffer> {
    return buildResponse(this.message, input);
  }

  answer(input: ResponseInput = {}): Promise<void> {
    return this.connection.send(this.response(input));
  }
}
