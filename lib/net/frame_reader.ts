/**
 * Messages out of a stream: two octets of length, then the message (RFC 1035, 4.2.2), in whatever
 * pieces they arrive. The caller reads into `room()`, says how much came, and takes what is whole.
 *
 *     octets  | taken | len message len messa                       |
 *                       ^ start                ^ end                  ^ capacity
 */

const LENGTH_PREFIX = 2;

export class FrameReader {
  #octets: Uint8Array;
  #start = 0;
  #end = 0;
  #taken = 0;

  /** `capacity` octets to begin with; it grows once a longer message is announced. */
  constructor(capacity: number) {
    this.#octets = new Uint8Array(capacity);
  }

  /** Whether part of a message has come, and the rest has not. */
  get isPartial(): boolean {
    return this.#end > this.#start;
  }

  /** How many octets of a message in progress have come, its length included. */
  get partialLength(): number {
    return this.#end - this.#start;
  }

  /** How many messages were taken: the number of the one in progress. */
  get taken(): number {
    return this.#taken;
  }

  /** Where the next octets of the stream are to be written; not empty once all whole messages were taken. */
  room(): Uint8Array {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
    } else if (
      this.#start + this.#wanted() > this.#octets.length || this.#end === this.#octets.length
    ) {
      this.#makeRoom();
    }
    return this.#octets.subarray(this.#end);
  }

  /** Says that `count` octets were written to `room()`. */
  advance(count: number): void {
    this.#end += count;
  }

  /** The next whole message: a view, valid until the next `room()`; undefined if none is whole. */
  next(): Uint8Array | undefined {
    const wanted = this.#wanted();
    if (this.#end - this.#start < wanted) return undefined;
    const message = this.#octets.subarray(this.#start + LENGTH_PREFIX, this.#start + wanted);
    this.#start += wanted;
    this.#taken++;
    return message;
  }

  /** How many octets the frame at `start` has, as far as is known. */
  #wanted(): number {
    if (this.#end - this.#start < LENGTH_PREFIX) return LENGTH_PREFIX;
    return LENGTH_PREFIX + ((this.#octets[this.#start] << 8) | this.#octets[this.#start + 1]);
  }

  #makeRoom(): void {
    const wanted = this.#wanted();
    const rest = this.#octets.subarray(this.#start, this.#end);
    if (wanted > this.#octets.length) {
      this.#octets = new Uint8Array(Math.max(wanted, 2 * this.#octets.length));
    }
    this.#octets.set(rest);
    this.#end -= this.#start;
    this.#start = 0;
  }
}
