/**
 * Messages into a stream: each gets its two-octet length (RFC 1035, 4.2.2), and one write runs at a time.
 * What comes meanwhile waits in a second buffer and leaves with the next.
 *
 * Messages that are pushed together leave in one write (RFC 7766, 8): at once, or, where the last write was
 * a moment ago, at the end of the turn of the event loop. Under load datagrams may come one by one, and
 * each write is a system call and a TLS record.
 */

import { setImmediate } from "node:timers";

/** The part of a connection that is written to. */
export interface OctetWriter {
  write(octets: Uint8Array): Promise<number>;
}

const INITIAL_LENGTH = 8192;
/** Milliseconds after a write in which the next waits for the end of the turn: five thousand a second. */
const BUSY = 0.2;

export class WriteQueue {
  /** Whether each message is to have a write of its own. */
  isSeparate = false;
  readonly #writer: OctetWriter;
  readonly #onError: (error: unknown) => void;
  readonly #onDrain: () => void;
  readonly #now: () => number;
  #filling = new Uint8Array(INITIAL_LENGTH);
  #spare = new Uint8Array(INITIAL_LENGTH);
  #length = 0;
  #writing = 0;
  /** From the first message until all have left, so that only one flush runs. */
  #isScheduled = false;
  #lastWrite = -Infinity;
  #isClosed = false;

  /** `onError` is called once, when a write fails; `onDrain` each time that everything has left. */
  constructor(
    writer: OctetWriter,
    onError: (error: unknown) => void,
    onDrain: () => void = () => {},
    now: () => number = () => performance.now(),
  ) {
    this.#now = now;
    this.#writer = writer;
    this.#onError = onError;
    this.#onDrain = onDrain;
  }

  /** Octets that have not left yet. */
  get pending(): number {
    return this.#length + this.#writing;
  }

  /** Queues a copy of the first `length` octets of `message`. */
  push(message: Uint8Array, length = message.length): void {
    if (this.#isClosed) return;
    const start = this.#length + 2;
    const end = start + length;
    if (end > this.#filling.length) this.#grow(end);
    const octets = this.#filling;
    octets[start - 2] = length >>> 8;
    octets[start - 1] = length;
    if (length < 200) { for (let at = 0; at < length; at++) octets[start + at] = message[at]; }
    else octets.set(length === message.length ? message : message.subarray(0, length), start);
    this.#length = end;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (this.#now() - this.#lastWrite > BUSY) queueMicrotask(this.#flush);
    else setImmediate(this.#flush);
  }

  /** Forgets what has not left; later messages are ignored. */
  close(): void {
    this.#isClosed = true;
    this.#length = 0;
  }

  #grow(length: number): void {
    const larger = new Uint8Array(Math.max(length, 2 * this.#filling.length));
    larger.set(this.#filling.subarray(0, this.#length));
    this.#filling = larger;
  }

  readonly #flush = async () => {
    try {
      if (this.#length > 0) await this.#write();
      if (this.#length > 0) return void setImmediate(this.#flush);
      this.#isScheduled = false;
      if (!this.#isClosed) this.#onDrain();
    } catch (error) {
      this.#writing = 0;
      if (this.#isClosed) return;
      this.close();
      this.#onError(error);
    }
  };

  /** Writes what has been pushed so far. */
  async #write(): Promise<void> {
    const octets = this.#filling;
    const length = this.#length;
    this.#filling = this.#spare;
    this.#spare = octets;
    this.#length = 0;
    this.#writing = length;
    for (let at = 0; at < length;) {
      const end = this.isSeparate ? at + 2 + ((octets[at] << 8) | octets[at + 1]) : length;
      while (at < end) at += await this.#writer.write(octets.subarray(at, end));
    }
    this.#writing = 0;
    this.#lastWrite = this.#now();
  }
}
