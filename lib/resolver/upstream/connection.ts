/**
 * One open stream to an upstream: frames in, frames out, and what it has been through. It knows nothing
 * of queries; its owner decides what a message means.
 */

import { streamError } from "../../net/dial_error.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { WriteQueue } from "../../net/write_queue.ts";
import type { Stream } from "../../net/dial.ts";
import { HEADER_LENGTH } from "../../dns/header.ts";
import { Progress } from "./progress.ts";

export interface ConnectionOwner {
  /** A message of at least a header; borrowed until the call returns, may be written to. */
  onMessage(connection: Connection, message: Uint8Array): void;
  /** All messages of one read have been handed over. */
  onChunk(connection: Connection): void;
  /** The stream has ended; called exactly once. */
  onClosed(connection: Connection, reason: string, ending: Ending): void;
}

/** Who ended a stream: we; the upstream, in the usual way; or a failure, in whatever form. */
export type Ending = "ours" | "clean" | "failure";

/** Room for several full TLS records (16 KiB each) per message in progress. */
const READ_LENGTH = 65_536;
/** Milliseconds of idleness after which a server may close: they wait seconds (RFC 7766, 6.2.3). */
const STALE = 1000;
/** A second message too short to be one means that the framing is lost. */
const MAX_RUNTS = 2;

export class Connection {
  readonly opened: number;
  /** When octets last arrived, in milliseconds of the clock. */
  lastArrival: number;
  /** When a message last answered a query of ours, in time or late: all that shows that the upstream works. */
  lastAnswer: number;
  /** When a query was last sent or answered. */
  lastUse: number;
  /** The milliseconds that it may be idle by the latest response (RFC 7828); -1 if that did not say. */
  keepalive = -1;
  /** When the first query was sent after the last answer; -1 if none was. */
  quietSince = -1;
  /** Queries in flight on this connection, and responses that it brought. */
  inFlight = 0;
  answered = 0;
  /** The latest time at which a query was sent that is answered. */
  answeredUpTo = -Infinity;
  /** Responses whose question was not the one asked, since nothing else was in flight. */
  mismatched = 0;
  /** Responses in a row to no query at all. */
  strays = 0;
  /** Until when nothing else is sent, as a query in flight may be deadly; milliseconds of the clock. */
  reservedUntil = 0;
  /** Message IDs out of use, as their queries were given up without an answer. */
  readonly quarantined: number[] = [];
  readonly #stream: Stream;
  readonly #owner: ConnectionOwner;
  readonly #reader = new FrameReader(READ_LENGTH);
  readonly #progress = new Progress(this.#reader);
  readonly #queue: WriteQueue;
  #runts = 0;
  #isClosed = false;

  /** Takes `stream` over. `isSeparate`: each query gets a TLS record of its own. */
  constructor(stream: Stream, owner: ConnectionOwner, now: number, isSeparate = false) {
    this.#stream = stream;
    this.#owner = owner;
    this.opened =
      this.lastArrival =
      this.lastAnswer =
      this.lastUse =
        now;
    this.#queue = new WriteQueue(stream, (error) => this.close(describe(error), "failure"));
    this.#queue.isSeparate = isSeparate;
  }

  /** The addresses at both ends; empty for a Unix socket. */
  get localHost(): string {
    return this.#stream.localHost;
  }

  get remoteHost(): string {
    return this.#stream.remoteHost;
  }

  /** A message has answered a query of ours. */
  onAnswer(): void {
    this.lastAnswer = this.lastArrival;
    this.quietSince = -1;
  }

  /** Whether a message is arriving, however slowly: it is no reason to end the connection that it takes long. */
  get isArriving(): boolean {
    return this.#progress.isArriving;
  }

  /** Whether it was asked, and has brought octets since, and no answer. */
  get isNoisy(): boolean {
    return this.quietSince > 0 && this.lastArrival > this.quietSince && !this.isArriving;
  }

  /** Whether a message has begun to arrive and does not go on. To be asked at every tick. */
  isStalled(now: number): boolean {
    this.#progress.look(now);
    return this.#progress.isStalled(now, this.lastArrival);
  }

  /** Whether it was idle, then asked again, and brought nothing since: its end may be due to the idleness. */
  get isStale(): boolean {
    return this.quietSince - this.lastArrival >= STALE;
  }

  /** Queues a copy of the first `length` octets of `message`. */
  send(message: Uint8Array, length: number): void {
    this.#queue.push(message, length);
  }

  /** Reads until the stream ends; `now` tells the time of each arrival. Rejects only for a mistake of ours. */
  async read(now: () => number): Promise<void> {
    let end: string | undefined;
    try {
      while (!this.#isClosed) {
        let count: number | null = null;
        try {
          count = await this.#stream.read(this.#reader.room());
        } catch (error) {
          end = describe(error);
        }
        if (count === null) break;
        this.lastArrival = now();
        this.#reader.advance(count);
        this.#handOver();
        if (this.#reader.isPartial) this.#progress.onPartial(this.lastArrival);
        // Replies that are due leave before the next read: it is a system call that mostly finds nothing.
        await undefined;
      }
    } finally {
      const isPartial = this.#reader.isPartial;
      if (end !== undefined) this.close(end, "failure");
      else if (isPartial) this.close("closed in the middle of a message", "failure");
      else this.close("closed by the upstream", "clean");
    }
  }

  /** Closes the stream and tells the owner, once. */
  close(reason: string, ending: Ending): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.close();
    this.#stream.close();
    this.#owner.onClosed(this, reason, ending);
  }

  #handOver(): void {
    for (;;) {
      const message = this.#reader.next();
      if (message === undefined || this.#isClosed) break;
      if (message.length >= HEADER_LENGTH) this.#owner.onMessage(this, message);
      else if (++this.#runts >= MAX_RUNTS) return this.close("sent messages too short", "failure");
    }
    if (!this.#isClosed) this.#owner.onChunk(this);
  }
}

/** The end of a stream without close_notify is an end all the same (RFC 7858, 3.4). */
function describe(error: unknown): string {
  if (error instanceof Deno.errors.UnexpectedEof) return "closed by the upstream without notice";
  if (error instanceof Deno.errors.ConnectionReset) return "reset by the upstream";
  return streamError(error);
}
