/**
 * One TCP connection of a client (RFC 7766): queries are read ahead of their answers, answers leave as
 * they come, and a client that has sent its end of stream still gets what it asked for.
 *
 * Reading pauses while too much is in flight or unsent, so that a client that floods or does not read
 * fills its own socket and not our memory.
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
  now(): number;
}

/** What one connection may do; `Infinity` is no limit. */
export interface StreamLimits {
  /** Milliseconds after the last whole message or reply until it is closed, unless told otherwise. */
  readonly idle: number;
  /** Queries in flight; more wait in the socket. */
  readonly inFlight: number;
  /** Queries, and milliseconds, after which it takes no more. */
  readonly queries: number;
  readonly lifetime: number;
}

/** Octets of replies that a client has not read yet. */
const MAX_UNSENT = 256 * 1024;
/** Messages too short to be one before the connection is closed. */
const MAX_RUNTS = 3;
const INITIAL_READ_LENGTH = 4096;
/** Milliseconds that a client has to close once we have sent our end. */
const LINGER = 2000;
/** What comes when nothing is taken any more; nobody reads it. */
const DISCARDED = new Uint8Array(INITIAL_READ_LENGTH);

export class ClientConnection implements Requester {
  readonly host: string;
  /** Milliseconds after the last whole message or reply until the connection is closed. */
  idle: number;
  /** When a whole message came or all replies had left. */
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
    this.#queue = new WriteQueue(connection, () => this.close(), () => this.#onDrain());
  }

  /** Whether nothing was asked or answered for as long as the connection may be idle. */
  isIdle(now: number): boolean {
    return this.#inFlight === 0 && now - this.lastUse >= this.idle;
  }

  /** Whether it is open for as long as it may be. */
  isOld(now: number): boolean {
    return now - this.#start >= this.#limits.lifetime;
  }

  /** Whether replies have not left yet. */
  get isSending(): boolean {
    return this.#queue.pending > 0;
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

  /** Counts a query whose outcome will come as `respond()` or `fail()`. */
  keep(): void {
    this.#inFlight++;
  }

  /** Queues the first `length` octets of `message` for the client. */
  reply(message: Uint8Array, length: number): void {
    this.#queue.push(message, length);
  }

  respond(token: Token, response: Uint8Array, from?: Origin): void {
    this.#inFlight--;
    this.#owner.onOutcome(this, token, response, undefined, from);
    this.#proceed();
  }

  fail(token: Token, failure: Failure, from?: Origin): void {
    this.#inFlight--;
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
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.close();
    this.#connection.close();
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
    return this.#inFlight < this.#limits.inFlight && this.#queue.pending < MAX_UNSENT;
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
    this.lastUse = this.#owner.now();
    this.#owner.onMessage(this, message);
    if (++this.#taken >= this.#limits.queries) this.finish();
  }

  #onDrain(): void {
    this.lastUse = this.#owner.now();
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
