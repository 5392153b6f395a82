/**
 * One TCP connection of a client (RFC 7766): queries are read ahead of their answers, answers leave as
 * they come, and a client that has sent its end of stream still gets what it asked for.
 *
 * Reading pauses while the answers to come may not fit in beside what is unsent, so that a client that floods
 * or reads slowly fills its own socket and not our memory. One that does not read, and still has more answers
 * than it may, is reset.
 *
 *     open --finish()--> finishing --all answered--> our end sent --client's end, or LINGER--> closed
 */

import { HEADER_LENGTH } from "../dns/header.ts";
import { FrameReader } from "../net/frame_reader.ts";
import type { AcceptedStream } from "../net/stream_listener.ts";
import { WriteQueue } from "../net/write_queue.ts";
import type { Failure } from "../resolver/failure.ts";
import type { Origin } from "../resolver/origin.ts";
import type { Requester, Token } from "../resolver/resolver.ts";
import { MAX_UNSENT } from "./unsent.ts";

/** What the connection needs of its listener. */
export interface ConnectionHost {
  /** A whole message has come. Replies are pushed by `reply()`; `keep()` announces one for later. */
  onMessage(connection: ClientConnection, message: Uint8Array): void;
  /** The answer to a query kept for `connection`. */
  onOutcome(
    connection: ClientConnection,
    token: Token,
    response: Uint8Array | undefined,
    failure: Failure | undefined,
    from: Origin | undefined,
  ): void;
  onClosed(connection: ClientConnection): void;
  /** Octets were queued that have to leave; and all of them have. */
  onUnsent(connection: ClientConnection, octets: number): void;
  onSent(connection: ClientConnection): void;
  /** Closes the stream of a client that does not read, so that the kernel keeps nothing of it either. */
  reset(stream: AcceptedStream): void;
  now(): number;
}

/** What one connection may do; `Infinity` is no limit. */
export interface StreamLimits {
  /** Milliseconds after the last query or the reply to it until it is closed, unless told otherwise. */
  readonly idle: number;
  /** Queries in flight; more wait in the socket. */
  readonly inFlight: number;
  /** Queries, and milliseconds, after which it takes no more. */
  readonly queries: number;
  readonly lifetime: number;
}

/** Octets for a connection whose client reads: answers to queries that were taken together come together. */
const MAX_BURST = 3 * MAX_UNSENT;
/** Milliseconds without progress after which a client that has more than `MAX_UNSENT` does not read. */
const STUCK = 250;
/** Milliseconds for which a client may read nothing that it was answered: slow links need some. */
const MAX_STALL = 30_000;
/** Octets that an answer is thought to have while none has come: more than most, so that few queries wait. */
const FIRST_EXPECTED = 4096;
/** Messages too short to be one before the connection is closed. */
const MAX_RUNTS = 3;
const INITIAL_READ_LENGTH = 4096;
/** Milliseconds that a client has to close once we have sent our end. */
const LINGER = 2000;
/** What comes when nothing is taken any more; nobody reads it. */
const DISCARDED = new Uint8Array(INITIAL_READ_LENGTH);

export class ClientConnection implements Requester {
  readonly host: string;
  /** Milliseconds after the last query or the reply to it until the connection is closed. */
  idle: number;
  /**
   * When a query was admitted or a part of the reply to one left (RFC 7766, 6.2.3): what is no query, and what
   * it is answered, keeps no connection.
   */
  lastUse: number;
  readonly #connection: AcceptedStream;
  readonly #owner: ConnectionHost;
  readonly #limits: StreamLimits;
  readonly #reader = new FrameReader(INITIAL_READ_LENGTH);
  readonly #queue: WriteQueue;
  readonly #start: number;
  #inFlight = 0;
  #taken = 0;
  #runts = 0;
  /** Octets that an answer may have, by those so far: the longest, and less with each that is shorter. */
  #expected = FIRST_EXPECTED;
  /** The reply to a query that was admitted is among what is unsent. */
  #isOwing = false;
  /** When octets left, or the first came that have to. */
  #lastProgress = 0;
  /** The client has sent its end, or is gone. */
  #hasEnded = false;
  #isFinishing = false;
  #isEndSent = false;
  #isClosed = false;
  #resume: (() => void) | undefined;

  /** Takes `connection` over; `host` is the client's address. */
  constructor(
    connection: AcceptedStream,
    host: string,
    owner: ConnectionHost,
    limits: StreamLimits,
  ) {
    this.#connection = connection;
    this.#owner = owner;
    this.host = host;
    this.#limits = limits;
    this.idle = limits.idle;
    this.#start = this.lastUse = owner.now();
    this.#queue = new WriteQueue(
      connection,
      () => this.close(),
      () => this.#onDrain(),
      undefined,
      () => this.#onProgress(),
    );
  }

  /** Whether nothing was asked or answered for as long as the connection may be idle. */
  isIdle(now: number): boolean {
    const limit = this.#isOwing ? Math.max(this.idle, MAX_STALL) : this.idle;
    return this.#inFlight === 0 && now - this.lastUse >= limit;
  }

  /** Whether more is unsent than may be, and the client reads none of it. */
  isGreedy(): boolean {
    return this.unsent > MAX_UNSENT && this.#isStuck();
  }

  /** Whether it is open for as long as it may be. */
  isOld(now: number): boolean {
    return now - this.#start >= this.#limits.lifetime;
  }

  /** Octets of replies that have not left yet. */
  get unsent(): number {
    return this.#queue.pending;
  }

  /** Serves until either side closes. Rejects only for a mistake of ours. */
  async run(): Promise<void> {
    try {
      while (!this.#isClosed && await this.#readOnce());
    } finally {
      this.#hasEnded = true;
      this.#endIfDone();
    }
  }

  /** The message that is being taken is a query, to be answered as one. */
  admit(): void {
    this.lastUse = this.#owner.now();
    this.#isOwing = true;
  }

  /** Counts a query whose outcome will come as `respond()` or `fail()`. */
  keep(): void {
    this.#inFlight++;
  }

  /** Queues the first `length` octets of `message` for the client, or gives up one that does not read. */
  reply(message: Uint8Array, length: number): void {
    if (this.#isClosed) return;
    this.#expected = Math.max(length, this.#expected - ((this.#expected - length) >> 2));
    const unsent = this.unsent + length;
    if (unsent > MAX_BURST || unsent > MAX_UNSENT && this.#isStuck()) return this.giveUp();
    if (unsent === length) this.#lastProgress = this.#owner.now();
    this.#queue.push(message, length);
    this.#owner.onUnsent(this, length);
  }

  respond(token: Token, response: Uint8Array, from?: Origin): void {
    this.#inFlight--;
    this.#isOwing = true;
    this.#owner.onOutcome(this, token, response, undefined, from);
    this.#proceed();
  }

  fail(token: Token, failure: Failure, from?: Origin): void {
    this.#inFlight--;
    this.#isOwing = true;
    this.#owner.onOutcome(this, token, undefined, failure, from);
    this.#proceed();
  }

  /** Takes nothing more; ends once everything asked is answered. */
  finish(): void {
    this.#isFinishing = true;
    this.#endIfDone();
  }

  get isFinishing(): boolean {
    return this.#isFinishing;
  }

  close(): void {
    this.#close(() => this.#connection.close());
  }

  /** Closes with a reset: the client does not read. */
  giveUp(): void {
    this.#close(() => this.#owner.reset(this.#connection));
  }

  /** Closes what `isIdle()`. */
  closeIdle(): void {
    if (this.#queue.pending > 0) this.giveUp();
    else this.close();
  }

  #close(closeStream: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.close();
    closeStream();
    this.#resume?.();
    this.#owner.onClosed(this);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether all that was asked is answered, and the answers have left. */
  get #isDone(): boolean {
    return this.#inFlight === 0 && this.#queue.pending === 0;
  }

  /** Whether another query may be taken now, or thrown away. */
  get #hasRoom(): boolean {
    if (this.#isFinishing) return this.#isDone;
    if (this.#inFlight >= this.#limits.inFlight) return false;
    const expected = (this.#inFlight + 1) * this.#expected;
    return this.#isDone || this.#queue.pending + expected <= MAX_UNSENT;
  }

  /** Reads once and takes what is whole; false at the end of the stream. */
  async #readOnce(): Promise<boolean> {
    let count: number | null = null;
    try {
      count = await this.#connection.read(this.#isFinishing ? DISCARDED : this.#reader.room());
    } catch {
      // Reset by the client: nobody is left to be answered (RFC 7766, 6.2.4).
      this.close();
    }
    if (count === null) return false;
    if (!this.#isFinishing) this.#reader.advance(count);
    for (;;) {
      while (!this.#hasRoom && !this.#isClosed) await this.#room();
      const message = this.#isClosed || this.#isFinishing ? undefined : this.#reader.next();
      if (message === undefined) return true;
      this.#take(message);
    }
  }

  /** Resolves once there may be room again. */
  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = () => {
        this.#resume = undefined;
        resolve();
      };
    });
  }

  #take(message: Uint8Array): void {
    if (message.length < HEADER_LENGTH) {
      if (++this.#runts >= MAX_RUNTS) this.close();
      return;
    }
    this.#owner.onMessage(this, message);
    if (++this.#taken >= this.#limits.queries) this.finish();
  }

  #isStuck(): boolean {
    return this.#owner.now() - this.#lastProgress >= STUCK;
  }

  #onProgress(): void {
    this.#lastProgress = this.#owner.now();
    if (this.#isOwing) this.lastUse = this.#owner.now();
    if (!this.#isClosed) this.#proceed();
  }

  #onDrain(): void {
    this.#isOwing = false;
    this.#owner.onSent(this);
    this.#proceed();
  }

  #proceed(): void {
    if (this.#resume && this.#hasRoom) this.#resume();
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#isClosed || !this.#isDone) return;
    if (this.#hasEnded) this.close();
    else if (this.#isFinishing && !this.#isEndSent) this.#sendEnd();
  }

  /**
   * Ends our direction, while the client may still send: to close at once would reset the connection, and
   * lose replies that are on their way (RFC 1122, 4.2.2.13).
   */
  async #sendEnd(): Promise<void> {
    this.#isEndSent = true;
    this.lastUse = this.#owner.now();
    this.idle = LINGER;
    try {
      await this.#connection.closeWrite();
    } catch {
      this.close();
    }
  }
}
