/**
 * Finds slots by a 32-bit hash: chains of slot numbers in two arrays. Several slots may share a hash;
 * the caller compares what it keeps of each.
 *
 *     for (let slot = index.first(hash); slot >= 0; slot = index.next(slot)) ...
 */
export class HashIndex {
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #hashes: Uint32Array;
  readonly #mask: number;

  /** For slots below `capacity`. */
  constructor(capacity: number) {
    const buckets = 1 << Math.ceil(Math.log2(capacity * 2));
    this.#mask = buckets - 1;
    this.#heads = new Int32Array(buckets).fill(-1);
    this.#next = new Int32Array(capacity).fill(-1);
    this.#hashes = new Uint32Array(capacity);
  }

  add(slot: number, hash: number): void {
    const bucket = hash & this.#mask;
    this.#hashes[slot] = hash;
    this.#next[slot] = this.#heads[bucket];
    this.#heads[bucket] = slot;
  }

  /** The latest slot in the chain of `hash`, or -1; slots of other hashes may be among them. */
  first(hash: number): number {
    return this.#heads[hash & this.#mask];
  }

  /** The slot behind `slot` in its chain, or -1. */
  next(slot: number): number {
    return this.#next[slot];
  }

  /** The hash under which `slot` was added. */
  hash(slot: number): number {
    return this.#hashes[slot];
  }

  remove(slot: number): void {
    const bucket = this.#hashes[slot] & this.#mask;
    let at = this.#heads[bucket];
    if (at === slot) {
      this.#heads[bucket] = this.#next[slot];
      return;
    }
    while (at >= 0) {
      if (this.#next[at] === slot) {
        this.#next[at] = this.#next[slot];
        return;
      }
      at = this.#next[at];
    }
  }
}

/** The start of FNV-1a. */
const BASIS = 0x811c9dc5;

/** A hash of `octets` from `from` to `end` (FNV-1a, then mixed); another one for another `seed`. */
export function hashOctets(octets: Uint8Array, from: number, end: number, seed = BASIS): number {
  let hash = seed;
  for (let at = from; at < end; at++) hash = Math.imul(hash ^ octets[at], 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
