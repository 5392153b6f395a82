/**
 * How long to wait between failed attempts: doubling from `first` to `longest`, with jitter so that
 * many programs that lost the same server do not return in step.
 */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #failures = 0;

  /** Milliseconds; `random` yields numbers in [0, 1). */
  constructor(first: number, longest: number, random: () => number = Math.random) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure; returns the milliseconds to wait, between 80 % and 100 % of the step. */
  fail(): number {
    const step = Math.min(this.#longest, this.#first * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return step * (0.8 + 0.2 * this.#random());
  }

  reset(): void {
    this.#failures = 0;
  }
}
