/**
 * A tick for as long as there is something to look after: `wake()` starts it, and it ends by itself
 * after a tick that finds nothing left. One timer serves a whole table, and an idle program has none.
 */

import type { Clock, Timer } from "./clock.ts";

export class Sweep {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #visit: (now: number) => boolean;
  #timer: Timer | undefined;

  /** `visit` is called every `interval` milliseconds and says whether to go on. */
  constructor(clock: Clock, interval: number, visit: (now: number) => boolean) {
    this.#clock = clock;
    this.#interval = interval;
    this.#visit = visit;
  }

  wake(): void {
    if (this.#timer === undefined) this.#timer = this.#clock.after(this.#interval, this.#tick);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #tick = () => {
    this.#timer = undefined;
    if (this.#visit(this.#clock.now())) this.wake();
  };
}
