/**
 * How many queries may be in flight on a connection. All of them, until the upstream closes one with
 * queries unanswered: servers that answer only so many queries per connection exist, and a query in
 * flight on three such connections would be lost. Half of what the connection answered is what the next
 * may have. It doubles quickly up to what is known to be safe, and slowly from there.
 */
export class Window {
  readonly #largest: number;
  #size: number;
  #safe: number;
  #sinceGrowth = 0;

  constructor(largest: number) {
    this.#largest = this.#size = this.#safe = largest;
  }

  get size(): number {
    return this.#size;
  }

  /** A connection ended with queries in flight after it had brought `answered` responses. */
  onLoss(answered: number): void {
    // One that answered nothing says nothing about limits: one query at a time finds a deadly one.
    this.#size = Math.max(1, Math.min(this.#size, answered >> 1));
    if (answered > 0) this.#safe = this.#size;
    this.#sinceGrowth = 0;
  }

  /** A response came. */
  onAnswer(): void {
    if (this.#size === this.#largest) return;
    const needed = this.#size < this.#safe ? this.#size : 4 * this.#size;
    if (++this.#sinceGrowth < needed) return;
    this.#sinceGrowth = 0;
    this.#size = Math.min(this.#largest, 2 * this.#size);
  }
}
