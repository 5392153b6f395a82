/**
 * Whether a message that has begun to arrive goes on. An octet now and then keeps a connection busy for as long as
 * somebody likes; 64 kB on a line of 100 kbit/s take 5 s, and are worth waiting for.
 */

import type { FrameReader } from "../../net/frame_reader.ts";

/** Milliseconds without an octet in the middle of a message: longer than a lost segment takes to be repeated. */
const PAUSE = 1500;
/** Milliseconds that a message may take to be whole, unless it grows by so many octets in so many milliseconds. */
const WHOLE = 3000;
const GROWTH = 4096;
const SPAN = 1000;

export class Progress {
  readonly #reader: Pick<FrameReader, "isPartial" | "partialLength" | "taken">;
  /** The number of the message in progress, and when it began. */
  #message = -1;
  #begun = 0;
  /** The length that it had at a time, and by how much it grew in the span before; unknown at first. */
  #length = 0;
  #at = 0;
  #growth = Infinity;

  constructor(reader: Pick<FrameReader, "isPartial" | "partialLength" | "taken">) {
    this.#reader = reader;
  }

  /** A message is in progress at `now`, after a read. */
  onPartial(now: number): void {
    const { taken } = this.#reader;
    if (taken === this.#message) return;
    this.#message = taken;
    this.#begun = this.#at = now;
    this.#length = 0;
    this.#growth = Infinity;
  }

  /** To be called at every tick. */
  look(now: number): void {
    if (!this.#reader.isPartial || now - this.#at < SPAN) return;
    const { partialLength } = this.#reader;
    // Where nobody looked for longer, it counts for one span all the same.
    this.#growth = partialLength - this.#length;
    this.#length = partialLength;
    this.#at = now;
  }

  /** Whether a message is arriving, so that its connection is not dead whatever else it does not bring. */
  get isArriving(): boolean {
    return this.#reader.isPartial && this.#growth >= GROWTH;
  }

  /** Whether a message has begun to arrive and does not go on; octets last came at `lastArrival`. */
  isStalled(now: number, lastArrival: number): boolean {
    if (!this.#reader.isPartial) return false;
    return now - lastArrival >= PAUSE || (now - this.#begun >= WHOLE && this.#growth < GROWTH);
  }
}
