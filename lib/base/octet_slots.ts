/**
 * A short run of octets for each slot of a table, all in one array, so that memory is bounded by
 * construction. What is longer than a slot (rare: a signed query) is kept aside as a copy.
 */
export class OctetSlots {
  readonly #octets: Uint8Array;
  readonly #lengths: Uint16Array;
  readonly #stride: number;
  readonly #rooms: (Uint8Array | undefined)[];
  readonly #long = new Map<number, Uint8Array>();

  constructor(capacity: number, stride: number) {
    this.#octets = new Uint8Array(capacity * stride);
    this.#lengths = new Uint16Array(capacity);
    this.#stride = stride;
    this.#rooms = new Array(capacity).fill(undefined);
  }

  /** Keeps a copy of the first `length` octets of `source` for `slot`. */
  keep(slot: number, source: Uint8Array, length: number): void {
    if (this.#long.size > 0) this.#long.delete(slot);
    this.#lengths[slot] = length;
    if (length > this.#stride) {
      this.#long.set(slot, source.slice(0, length));
      return;
    }
    // A loop is faster than set(subarray()) for the sixty octets of a usual query.
    const start = slot * this.#stride;
    for (let at = 0; at < length; at++) this.#octets[start + at] = source[at];
  }

  /**
   * The octets of `slot` and whatever stands behind them: made once for each slot, as a view per query
   * would be garbage. Valid until the slot is kept again.
   */
  octets(slot: number): Uint8Array {
    if (this.#lengths[slot] > this.#stride) return this.#long.get(slot) as Uint8Array;
    return this.#rooms[slot] ??= this.#octets.subarray(
      slot * this.#stride,
      (slot + 1) * this.#stride,
    );
  }

  length(slot: number): number {
    return this.#lengths[slot];
  }

  /** Exactly the octets of `slot`: a view, valid until the slot is kept again. */
  view(slot: number): Uint8Array {
    return this.octets(slot).subarray(0, this.#lengths[slot]);
  }

  /** Whether the octets of `slot` from `from` on are those of `other`, which has `length` octets. */
  equals(slot: number, other: Uint8Array, length: number, from: number): boolean {
    if (this.#lengths[slot] !== length || length > this.#stride) return false;
    const start = slot * this.#stride;
    for (let at = from; at < length; at++) {
      if (this.#octets[start + at] !== other[at]) return false;
    }
    return true;
  }
}
