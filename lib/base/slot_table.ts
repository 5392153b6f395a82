/**
 * Numbers from 0 to capacity - 1, handed out and given back, in a ring: nothing is allocated after the
 * start. Other modules keep the data of a slot in arrays beside it.
 */

/** Which free slot comes next: the one that was free longest, or the one freed last (warm in the caches). */
export type SlotOrder = "longest-free" | "last-freed";

export class SlotTable {
  readonly capacity: number;
  readonly #free: Uint32Array;
  readonly #taken: Uint8Array;
  readonly #isRing: boolean;
  #head = 0;
  #tail = 0;
  #size = 0;

  /** `numbers`, if given, are the slots in the order in which they are handed out first; kept. */
  constructor(capacity: number, order: SlotOrder = "longest-free", numbers?: Uint32Array) {
    this.capacity = capacity;
    this.#isRing = order === "longest-free";
    this.#free = numbers ?? Uint32Array.from({ length: capacity }, (_, index) => index);
    if (!this.#isRing && !numbers) this.#free.reverse();
    this.#taken = new Uint8Array(capacity);
  }

  /** How many slots are taken. */
  get size(): number {
    return this.#size;
  }

  /** A free slot, or -1 if all are taken. */
  acquire(): number {
    if (this.#size === this.capacity) return -1;
    const slot = this.#isRing ? this.#next() : this.#free[this.capacity - 1 - this.#size];
    this.#size++;
    this.#taken[slot] = 1;
    return slot;
  }

  /** Gives a taken slot back; a slot that is free stays as it is. */
  release(slot: number): void {
    if (this.#taken[slot] !== 1) return;
    this.#taken[slot] = 0;
    this.#size--;
    if (!this.#isRing) {
      this.#free[this.capacity - 1 - this.#size] = slot;
      return;
    }
    this.#free[this.#tail] = slot;
    if (++this.#tail === this.capacity) this.#tail = 0;
  }

  has(slot: number): boolean {
    return this.#taken[slot] === 1;
  }

  #next(): number {
    const slot = this.#free[this.#head];
    if (++this.#head === this.capacity) this.#head = 0;
    return slot;
  }
}

/** The numbers from 0 to count - 1 in an order that cannot be guessed. */
export function shuffledNumbers(count: number): Uint32Array {
  const numbers = Uint32Array.from({ length: count }, (_, index) => index);
  const random = new Uint32Array(count);
  for (let at = 0; at < count; at += 16_384) {
    crypto.getRandomValues(random.subarray(at, Math.min(count, at + 16_384)));
  }
  for (let last = count - 1; last > 0; last--) {
    const other = random[last] % (last + 1);
    const number = numbers[last];
    numbers[last] = numbers[other];
    numbers[other] = number;
  }
  return numbers;
}
