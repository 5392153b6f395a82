/**
 * Whose deferred queries are asked again next: a few in each turn of the event loop, as many clients that read large
 * answers would else keep it from all others.
 */

import { setImmediate } from "node:timers";

/** Queries in one turn: their responses may have a megabyte together. */
const PER_TURN = 16;

interface Retrying {
  /** Asks one query again; false if that cannot be now. */
  retry(): boolean;
}

export class RetryTurns {
  /** In the order of their turns. */
  readonly #waiting = new Set<Retrying>();
  #isScheduled = false;

  /** `connection` has its turn soon; again and again until it has nothing to ask. */
  add(connection: Retrying): void {
    this.#waiting.add(connection);
    this.#schedule();
  }

  /** Forgets `connection`. */
  remove(connection: Retrying): void {
    this.#waiting.delete(connection);
  }

  readonly #turn = () => {
    this.#isScheduled = false;
    let left = PER_TURN;
    for (const connection of this.#waiting) {
      this.#waiting.delete(connection);
      if (!connection.retry()) continue;
      this.add(connection);
      if (--left === 0) break;
    }
    if (this.#waiting.size > 0) this.#schedule();
  };

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#turn);
  }
}
