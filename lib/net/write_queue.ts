/**
 * Messages into a stream: each gets its two-octet length (RFC 1035, 4.2.2), and one write runs at a time.
 * What comes meanwhile waits in a second buffer and leaves with the next; what is too much for that, in buffers of a
 * pool.
 *
 * Messages that are pushed together leave in one write (RFC 7766, 8): at once, or, where the last write was
 * a moment ago, at the end of the turn of the event loop. Under load datagrams may come one by one, and
 * each write is a system call and a TLS record.
 */

import { setImmediate } from "node:timers";
import { CHUNK_LENGTH, giveChunk, takeChunk } from "./chunk_pool.ts";

/** The part of a connection that is written to. */
export interface OctetWriter {
  write(octets: Uint8Array): Promise<number>;
}

const INITIAL_LENGTH = 8192;
/** Octets of a buffer of the queue's own, at most. */
const MAX_OWN_LENGTH = 32_768;
/** Milliseconds after a write in which the next waits for the end of the turn: five thousand a second. */
const BUSY = 0.2;

interface Full {
  readonly octets: Uint8Array<ArrayBuffer>;
  readonly length: number;
}

export class WriteQueue {
  /** Whether each message is to have a write of its own. */
  isSeparate = false;
  readonly #writer: OctetWriter;
  readonly #onError: (error: unknown) => void;
  readonly #onDrain: () => void;
  readonly #now: () => number;
  readonly #onSent: (octets: number) => void;
  #filling = new Uint8Array(INITIAL_LENGTH);
  #spare: Uint8Array<ArrayBuffer> | undefined;
  /** Octets in `#filling`. */
  #length = 0;
  /** What is to be written before `#filling`. */
  readonly #full: Full[] = [];
  #pending = 0;
  /** From the first message until all have left, so that only one flush runs. */
  #isScheduled = false;
  #lastWrite = -Infinity;
  #isClosed = false;

  /**
   * `onError` is called once, when a write fails; `onDrain` each time that everything has left, and `onSent` with
   * the octets of each write that have.
   */
  constructor(
    writer: OctetWriter,
    onError: (error: unknown) => void,
    onDrain: () => void = () => {},
    now: () => number = () => performance.now(),
    onSent: (octets: number) => void = () => {},
  ) {
    this.#now = now;
    this.#onSent = onSent;
    this.#writer = writer;
    this.#onError = onError;
    this.#onDrain = onDrain;
  }

  /** Octets that have not left yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Queues a copy of the first `length` octets of `message`. */
  push(message: Uint8Array, length = message.length): void {
    if (this.#isClosed) return;
    if (this.#length + 2 + length > this.#filling.length) this.#makeRoom(2 + length);
    const start = this.#length + 2;
    const end = start + length;
    const octets = this.#filling;
    octets[start - 2] = length >>> 8;
    octets[start - 1] = length;
    if (length < 200) { for (let at = 0; at < length; at++) octets[start + at] = message[at]; }
    else octets.set(length === message.length ? message : message.subarray(0, length), start);
    this.#length = end;
    this.#pending += 2 + length;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (this.#now() - this.#lastWrite > BUSY) queueMicrotask(this.#flush);
    else setImmediate(this.#flush);
  }

  /** Forgets what has not left; later messages are ignored. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { octets } of this.#full.splice(0)) this.#release(octets);
    this.#release(this.#filling);
    this.#length = this.#pending = 0;
  }

  /** In a longer buffer, or where that would be too long, in the next. */
  #makeRoom(length: number): void {
    const octets = this.#filling;
    const wanted = this.#length + length;
    if (wanted <= MAX_OWN_LENGTH) {
      this.#filling = new Uint8Array(Math.max(wanted, 2 * octets.length));
      this.#filling.set(octets.subarray(0, this.#length));
      return;
    }
    if (this.#length > 0) this.#full.push({ octets, length: this.#length });
    else this.#release(octets);
    this.#filling = takeChunk();
    this.#length = 0;
  }

  readonly #flush = async () => {
    try {
      while (this.#full.length > 0) await this.#write(this.#full.shift() as Full);
      if (this.#length > 0) await this.#write(this.#takeFilling());
      if (this.#length > 0) return void setImmediate(this.#flush);
      this.#isScheduled = false;
      if (!this.#isClosed) this.#onDrain();
    } catch (error) {
      if (this.#isClosed) return;
      this.close();
      this.#onError(error);
    }
  };

  #takeFilling(): Full {
    const full = { octets: this.#filling, length: this.#length };
    this.#filling = this.#spare ?? new Uint8Array(INITIAL_LENGTH);
    this.#spare = undefined;
    this.#length = 0;
    return full;
  }

  /** Writes messages, then lets go of their buffer. */
  async #write({ length, octets }: Full): Promise<void> {
    try {
      for (let at = 0; at < length;) {
        const end = this.isSeparate ? at + 2 + ((octets[at] << 8) | octets[at + 1]) : length;
        while (at < end) {
          const count = await this.#writer.write(octets.subarray(at, end));
          at += count;
          if (this.#isClosed) continue;
          this.#pending -= count;
          this.#onSent(count);
        }
      }
    } finally {
      this.#release(octets);
    }
    this.#lastWrite = this.#now();
  }

  #release(octets: Uint8Array<ArrayBuffer>): void {
    if (octets.length === CHUNK_LENGTH) giveChunk(octets);
    else if (!this.#isClosed) this.#spare = octets;
  }
}
