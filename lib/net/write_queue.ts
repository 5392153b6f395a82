/**
 * Messages into a stream: each gets its two-octet length (RFC 1035, 4.2.2), and one write runs at a time.
 * What comes meanwhile waits in blocks and leaves with the next.
 *
 *     push() --> filling --full--> full blocks --write--> block that is kept, or pool of all queues
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
/** Octets of a full block: the largest message and its length. */
const BLOCK_LENGTH = 65_537;
/** Blocks that are free and kept for any queue; beyond them they are left to the runtime. */
const MAX_FREE = 64;
/** Milliseconds after a write in which the next waits for the end of the turn: five thousand a second. */
const BUSY = 0.2;
/** Blocks that leave in one write with what is filling. */
const MAX_GATHERED = 3;
const NOTHING = new Uint8Array(0);
const free: Uint8Array<ArrayBuffer>[] = [];

/** Octets that wait for their turn. */
interface Block {
  readonly octets: Uint8Array<ArrayBuffer>;
  readonly length: number;
}

export class WriteQueue {
  /** Whether each message is to have a write of its own. */
  isSeparate = false;
  readonly #writer: OctetWriter;
  readonly #onError: (error: unknown) => void;
  readonly #onDrain: () => void;
  readonly #onProgress: (() => void) | undefined;
  readonly #now: () => number;
  #filling = new Uint8Array(INITIAL_LENGTH);
  #spare = new Uint8Array(INITIAL_LENGTH);
  /** Blocks that are full, in the order to be written. */
  readonly #full: Block[] = [];
  #fullLength = 0;
  #length = 0;
  #writing = 0;
  /** From the first message until all have left, so that only one flush runs. */
  #isScheduled = false;
  #lastWrite = -Infinity;
  #isClosed = false;

  /**
   * `onError` is called once, when a write fails; `onDrain` each time that everything has left;
   * `onProgress` each time that a part has.
   */
  constructor(
    writer: OctetWriter,
    onError: (error: unknown) => void,
    onDrain: () => void = () => {},
    now: () => number = () => performance.now(),
    onProgress?: () => void,
  ) {
    this.#onProgress = onProgress;
    this.#now = now;
    this.#writer = writer;
    this.#onError = onError;
    this.#onDrain = onDrain;
  }

  /** Octets that have not left yet. */
  get pending(): number {
    return this.#fullLength + this.#length + this.#writing;
  }

  /** Queues a copy of the first `length` octets of `message`. */
  push(message: Uint8Array, length = message.length): void {
    if (this.#isClosed) return;
    if (this.#length + 2 + length > this.#filling.length) this.#makeRoom(2 + length);
    const start = this.#length + 2;
    const octets = this.#filling;
    octets[start - 2] = length >>> 8;
    octets[start - 1] = length;
    if (length < 200) { for (let at = 0; at < length; at++) octets[start + at] = message[at]; }
    else octets.set(length === message.length ? message : message.subarray(0, length), start);
    this.#length = start + length;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (this.#now() - this.#lastWrite > BUSY) queueMicrotask(this.#flush);
    else setImmediate(this.#flush);
  }

  /** Forgets what has not left; later messages are ignored. */
  close(): void {
    this.#isClosed = true;
    for (const { octets } of this.#full.splice(0)) release(octets);
    release(this.#filling);
    this.#filling = this.#spare = NOTHING;
    this.#length = this.#fullLength = 0;
  }

  /** Grows what is filling up to a whole block, or begins another. */
  #makeRoom(more: number): void {
    const octets = this.#filling;
    const length = this.#length + more;
    if (length > BLOCK_LENGTH) {
      this.#full.push({ octets, length: this.#length });
      this.#fullLength += this.#length;
      this.#filling = free.pop() ?? new Uint8Array(BLOCK_LENGTH);
      this.#length = 0;
      return;
    }
    const larger = length > BLOCK_LENGTH / 4
      ? free.pop() ?? new Uint8Array(BLOCK_LENGTH)
      : new Uint8Array(Math.max(length, 2 * octets.length));
    larger.set(octets.subarray(0, this.#length));
    this.#filling = larger;
  }

  readonly #flush = async () => {
    try {
      if (this.pending > 0) await this.#write();
      while (this.#full.length > MAX_GATHERED) await this.#write();
      if (this.pending > 0) return void setImmediate(this.#flush);
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
    if (this.#full.length > MAX_GATHERED) {
      await this.#writeFirst();
    } else if (this.#full.length > 0) {
      const whole = this.#gather();
      await this.#writeBlock(whole, whole.length);
    } else {
      const octets = this.#filling;
      const length = this.#length;
      this.#filling = this.#spare;
      this.#spare = NOTHING;
      this.#length = 0;
      await this.#writeBlock(octets, length);
      if (!this.#isClosed) this.#spare = this.#kept(octets);
    }
    this.#lastWrite = this.#now();
  }

  /** The first block that is full: to gather more than a few would take as much memory again. */
  async #writeFirst(): Promise<void> {
    const [{ octets, length }] = this.#full.splice(0, 1);
    this.#fullLength -= length;
    await this.#writeBlock(octets, length);
    release(octets);
  }

  /** All that waits, in one piece of just that length; nothing waits then. */
  #gather(): Uint8Array {
    const whole = new Uint8Array(this.#fullLength + this.#length);
    let at = 0;
    for (const { octets, length } of this.#full.splice(0)) {
      whole.set(octets.subarray(0, length), at);
      at += length;
      release(octets);
    }
    whole.set(this.#filling.subarray(0, this.#length), at);
    this.#filling = this.#kept(this.#filling);
    this.#fullLength = this.#length = 0;
    return whole;
  }

  async #writeBlock(octets: Uint8Array, length: number): Promise<void> {
    this.#writing = length;
    for (let at = 0; at < length;) {
      const end = this.isSeparate ? at + 2 + ((octets[at] << 8) | octets[at + 1]) : length;
      while (at < end) {
        const count = await this.#writer.write(octets.subarray(at, end));
        at += count;
        this.#writing = length - at;
        this.#onProgress?.();
      }
    }
  }

  /** The buffer itself, or a short one where it is a whole block. */
  #kept(octets: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (octets.length < BLOCK_LENGTH) return octets;
    release(octets);
    return new Uint8Array(INITIAL_LENGTH);
  }
}

/** Gives a whole block back that nobody writes any more. */
function release(octets: Uint8Array<ArrayBuffer>): void {
  if (octets.length === BLOCK_LENGTH && free.length < MAX_FREE) free.push(octets);
}
