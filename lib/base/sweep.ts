/**
 * A tick for as long as there is something to look after: `wake()` starts it, and it ends by itself
 * after a tick that finds nothing left. One timer serves a whole table, and an idle program has none.
 *
 * A tick that comes much too late says that the program itself stood still: stopped by a signal, or on a
 * machine without time for it. What has arrived meanwhile is not read yet, so that nothing is to be judged
 * by the time it took: such a tick is put off once.
 */

import type { Clock, Timer } from "./clock.ts";

/** Milliseconds of delay that no load explains. */
const LATE = 1000;

export class Sweep {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #visit: (now: number) => boolean;
  #timer: Timer | undefined;
  /** When the next tick is due, in milliseconds of the clock. */
  #due = 0;
  #isPutOff = false;

  /** `visit` is called every `interval` milliseconds and says whether to go on. */
  constructor(clock: Clock, interval: number, visit: (now: number) => boolean) {
    this.#clock = clock;
    this.#interval = interval;
    this.#visit = visit;
  }

  wake(): void {
    if (this.#timer !== undefined) return;
    this.#due = this.#clock.now() + this.#interval;
    this.#timer = this.#clock.after(this.#interval, this.#tick);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #tick = () => {
    this.#timer = undefined;
    const now = this.#clock.now();
    this.#isPutOff = !this.#isPutOff && now - this.#due >= LATE;
    if (this.#isPutOff || this.#visit(now)) this.wake();
  };
}
