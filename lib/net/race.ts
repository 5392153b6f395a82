/**
 * Attempts at the same thing by several ways, begun one after the other: the next when the last one begun
 * has failed or takes too long. The first that succeeds is the result, and the others are given up
 * (RFC 8305, 5). Ways may become known while it runs.
 */

import type { Clock, Timer } from "../base/clock.ts";

export interface RaceOptions<Way, Result> {
  readonly clock: Clock;
  /** Milliseconds from the begin of an attempt to that of the next. */
  readonly delay: number;
  /** The way to try next; undefined while none is known. */
  readonly next: () => Way | undefined;
  /** `signal` says that the result is not wanted any more. */
  readonly attempt: (way: Way, signal: AbortSignal) => Promise<Result>;
  /** Takes what has come too late. */
  readonly discard: (result: Result) => void;
}

export class Race<Way, Result> {
  readonly #options: RaceOptions<Way, Result>;
  readonly #outcome = Promise.withResolvers<Result>();
  readonly #losers = new AbortController();
  readonly #errors: unknown[] = [];
  #timer: Timer | undefined;
  #running = 0;
  #isOver = false;
  /** Whether no more ways will be known. */
  #isComplete = false;

  /** Begins with the first call of `more()`. */
  constructor(options: RaceOptions<Way, Result>) {
    this.#options = options;
  }

  /** Rejects with the error of the first attempt that failed, once all have. */
  get result(): Promise<Result> {
    return this.#outcome.promise;
  }

  /** What attempts failed with, in the order of failing. */
  get errors(): readonly unknown[] {
    return this.#errors;
  }

  /** More ways are known. */
  more(): void {
    if (this.#timer === undefined) this.#begin();
  }

  /** No more ways will be known; `error` is the reason to fail with if none was. */
  complete(error?: unknown): void {
    this.#isComplete = true;
    if (error !== undefined) this.#errors.push(error);
    this.#failIfOver();
  }

  /** Ends it, unless it has a result. */
  giveUp(error: unknown): void {
    if (this.#end()) this.#outcome.reject(error);
  }

  readonly #begin = (): void => {
    this.#timer = undefined;
    if (this.#isOver) return;
    const way = this.#options.next();
    if (way === undefined) return this.#failIfOver();
    this.#running++;
    const { clock, delay } = this.#options;
    const timer = this.#timer = clock.after(delay, this.#begin);
    this.#attempt(way, timer);
  };

  async #attempt(way: Way, timer: Timer): Promise<void> {
    const { attempt, discard } = this.#options;
    try {
      const result = await attempt(way, this.#losers.signal);
      if (this.#end()) this.#outcome.resolve(result);
      else discard(result);
    } catch (error) {
      this.#errors.push(error);
      this.#running--;
      // Only the last one begun is waited for.
      if (this.#timer === timer) {
        timer.cancel();
        this.#begin();
      } else this.#failIfOver();
    }
  }

  #failIfOver(): void {
    if (!this.#isComplete || this.#running > 0 || this.#timer !== undefined) return;
    if (this.#end()) this.#outcome.reject(this.#errors[0]);
  }

  /** Says whether this was what ended it. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#losers.abort();
    return true;
  }
}
