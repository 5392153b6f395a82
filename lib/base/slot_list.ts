/** Slots in a row: a doubly linked list in two arrays, so that any slot can leave it at once. */
export class SlotList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #first = -1;
  #last = -1;

  /** For slots below `capacity`; a slot is in the list at most once. */
  constructor(capacity: number) {
    this.#next = new Int32Array(capacity).fill(-1);
    this.#previous = new Int32Array(capacity).fill(-1);
  }

  /** The first slot, or -1. */
  get first(): number {
    return this.#first;
  }

  /** The slot behind `slot`, or -1. */
  after(slot: number): number {
    return this.#next[slot];
  }

  append(slot: number): void {
    this.#insert(this.#last, slot, -1);
  }

  /** Adds `slot` in front of `next`, which is in the list; behind all others if `next` is -1. */
  insertBefore(next: number, slot: number): void {
    this.#insert(next < 0 ? this.#last : this.#previous[next], slot, next);
  }

  /** The slot must be in the list. */
  remove(slot: number): void {
    const next = this.#next[slot];
    const previous = this.#previous[slot];
    if (previous < 0) this.#first = next;
    else this.#next[previous] = next;
    if (next < 0) this.#last = previous;
    else this.#previous[next] = previous;
  }

  #insert(previous: number, slot: number, next: number): void {
    this.#previous[slot] = previous;
    this.#next[slot] = next;
    if (previous < 0) this.#first = slot;
    else this.#next[previous] = slot;
    if (next < 0) this.#last = slot;
    else this.#previous[next] = slot;
  }
}
