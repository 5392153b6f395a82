/**
 * How many queries may be in flight on a connection. All of them, until the upstream closes one with
 * queries unanswered: servers that answer only so many queries per connection exist, and a query in
 * flight on three such connections would be lost. Half of what the connection answered is what the next
 * may have. It doubles quickly up to what is known to be safe, and slowly from there.
 *
 * One loss may be an accident, such as a restart, after however few responses: it says nothing about what is
 * safe. If the next connection brings more than the lost one did, it was one. If that is lost too, it was not.
 */
export class Window {
  readonly #largest: number;
  #size: number;
  #safe: number;
  #sinceGrowth = 0;
  #hasLost = false;
  /** Responses that show that the last loss was an accident; 0 if it is not taken for one. */
  #proof = 0;

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
    if (answered > 0 && this.#hasLost) this.#safe = this.#size;
    this.#proof = this.#hasLost ? 0 : answered + 1;
    this.#hasLost = true;
    this.#sinceGrowth = 0;
  }

  /** A query has waited for long: what is not sent gets no answer for certain. */
  widen(): void {
    this.#size = Math.min(this.#largest, 2 * this.#size);
    this.#sinceGrowth = 0;
  }

  /** A response came. */
  onAnswer(): void {
    if (this.#size === this.#largest) return;
    const needed = this.#size < this.#safe ? Math.max(this.#size, this.#proof) : 4 * this.#size;
    if (++this.#sinceGrowth < needed) return;
    this.#sinceGrowth = 0;
    if (this.#proof > 0) this.#hasLost = false;
    this.#proof = 0;
    this.#size = Math.min(this.#largest, 2 * this.#size);
  }
}
