/**
 * One TCP connection of a client (RFC 7766): queries are read ahead of their answers, answers leave as
 * they come, and a client that has sent its end of stream still gets what it asked for.
 *
 * Reading pauses while the answers to come may not fit in beside what is unsent, so that a client that floods
 * or reads slowly fills its own socket and not our memory. Answers that find no room all the same are let go, and
 * asked for again as the client reads. One that does not read while more waits for it is reset.
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
import { DeferredQueries } from "./deferred_queries.ts";
import { type Debtor, MAX_UNSENT, type Unsent } from "./unsent.ts";

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
  /** There may be room for the responses to queries that are deferred: to be asked for by `retry()`. */
  onRoom(connection: ClientConnection): void;
  /** A query kept for `connection` that is to be asked again. */
  onRetry(connection: ClientConnection, token: Token): void;
  /** The connection is closed; queries kept for it that were `deferred` have no outcome. */
  onClosed(connection: ClientConnection, deferred: readonly Token[]): void;
  /** Of all connections. */
  readonly unsent: Unsent;
  /** Octets that the client's system has taken since the connection began; -1 if that is not known. */
  taken(stream: AcceptedStream): number;
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

/** Milliseconds for which a client may read nothing while more waits for it. */
const MAX_GREED = 5000;
/** Milliseconds for which a client may read nothing that it was answered: slow links need some. */
const MAX_STALL = 30_000;
/** Octets that an answer is thought to have while none has come: more than most, so that few queries wait. */
const FIRST_EXPECTED = 4096;
/** Messages too short to be one before the connection is closed. */
const MAX_RUNTS = 3;
/** Octets before each message in the stream. */
const LENGTH_PREFIX = 2;
const INITIAL_READ_LENGTH = 4096;
/** Milliseconds that a client has to close once we have sent our end. */
const LINGER = 2000;
/** What comes when nothing is taken any more; nobody reads it. */
const DISCARDED = new Uint8Array(INITIAL_READ_LENGTH);

export class ClientConnection implements Requester, Debtor {
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
  readonly #deferred = new DeferredQueries();
  #unsent = 0;
  /** What the client's system had taken when that was last looked at. */
  #taken = -1;
  /** Those that are deferred included. */
  #inFlight = 0;
  #queries = 0;
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
      (octets) => this.#onProgress(octets),
    );
  }

  /** Whether nothing was asked or answered for as long as the connection may be idle. */
  isIdle(now: number): boolean {
    const limit = this.#isOwing ? Math.max(this.idle, MAX_STALL) : this.idle;
    return this.#inFlight === 0 && now - this.lastUse >= limit;
  }

  /** Whether more waits for the client than may be unsent, and it reads none of that. */
  isGreedy(now: number): boolean {
    if (this.#unsent > 0 && now > this.#lastProgress) this.#look(now);
    return this.deferred > 0 && this.stall(now) >= MAX_GREED;
  }

  stall(now: number): number {
    return this.#unsent === 0 ? 0 : now - this.#lastProgress;
  }

  /** Whether it is open for as long as it may be. */
  isOld(now: number): boolean {
    return now - this.#start >= this.#limits.lifetime;
  }

  /** Octets of replies that have not left yet. */
  get unsent(): number {
    return this.#unsent;
  }

  /** The same, with those of responses that are asked for again. */
  get owed(): number {
    return this.#unsent + this.#deferred.expected;
  }

  /** Queries that are asked again once the client has read. */
  get deferred(): number {
    return this.#deferred.waiting;
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

  /** Queues the first `length` octets of `message` for the client. */
  reply(message: Uint8Array, length: number): void {
    if (this.#isClosed) return;
    this.#expected = Math.max(length, this.#expected - ((this.#expected - length) >> 2));
    if (this.#unsent === 0) this.#lastProgress = this.#owner.now();
    const octets = LENGTH_PREFIX + length;
    this.#unsent += octets;
    this.#owner.unsent.add(this, octets);
    this.#queue.push(message, length);
  }

  /** Whether a reply of `length` octets may be queued now. */
  hasRoomFor(length: number): boolean {
    return this.#owner.unsent.admits(this, LENGTH_PREFIX + length, this.#owner);
  }

  /** Has a query asked again once there is room for a response of `length` octets. */
  defer(token: Token, length: number): void {
    this.#inFlight++;
    this.#deferred.add(token, length);
  }

  /** Asks one query again if there is room for its response; whether there was one, and room. */
  retry(): boolean {
    if (this.deferred === 0 || !this.hasRoomFor(this.#deferred.nextLength)) return false;
    const length = this.#deferred.nextLength;
    const token = this.#deferred.ask();
    this.#owner.unsent.add(this, length);
    this.#owner.onRetry(this, token);
    return true;
  }

  respond(token: Token, response: Uint8Array, from?: Origin): void {
    this.#settle(token);
    this.#owner.onOutcome(this, token, response, undefined, from);
    this.#proceed();
  }

  fail(token: Token, failure: Failure, from?: Origin): void {
    this.#settle(token);
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
    if (this.#unsent > 0) this.giveUp();
    else this.close();
  }

  #close(closeStream: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { owed } = this;
    this.#unsent = 0;
    const deferred = this.#deferred.clear();
    this.#inFlight -= deferred.length;
    this.#owner.unsent.remove(this, owed);
    this.#queue.close();
    closeStream();
    this.#resume?.();
    this.#owner.onClosed(this, deferred);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether all that was asked is answered, and the answers have left. */
  get #isDone(): boolean {
    return this.#inFlight === 0 && this.#unsent === 0;
  }

  /** Whether another query may be taken now, or thrown away. */
  get #hasRoom(): boolean {
    if (this.#isFinishing) return this.#isDone;
    if (this.#inFlight >= this.#limits.inFlight || this.deferred > 0) return false;
    const expected = (this.#inFlight + 1) * this.#expected;
    return this.#isDone || this.#unsent + expected <= MAX_UNSENT;
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
    if (++this.#queries >= this.#limits.queries) this.finish();
  }

  /** The query of `token` has its outcome. */
  #settle(token: Token): void {
    this.#inFlight--;
    this.#isOwing = true;
    const expected = this.#deferred.settle(token);
    if (expected > 0) this.#owner.unsent.remove(this, expected);
  }

  /** Notes whether the client's system has taken more of what ours holds for it. */
  #look(now: number): void {
    const taken = this.#owner.taken(this.#connection);
    if (taken > this.#taken && this.#taken >= 0) this.#noteProgress(now);
    this.#taken = taken;
  }

  #noteProgress(now: number): void {
    this.#lastProgress = now;
    if (this.#isOwing) this.lastUse = now;
  }

  #onProgress(octets: number): void {
    if (this.#isClosed) return;
    this.#noteProgress(this.#owner.now());
    this.#unsent -= octets;
    this.#owner.unsent.remove(this, octets);
    if (this.deferred > 0) this.#owner.onRoom(this);
    this.#proceed();
  }

  #onDrain(): void {
    this.#isOwing = false;
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
