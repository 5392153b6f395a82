/** Time that stands still until a test moves it. */

import { setImmediate } from "node:timers";
import type { Clock, Timer } from "../../lib/base/clock.ts";

interface Due {
  readonly at: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  readonly #timers = new Set<Due>();
  #now = 1000;

  /** A property, so that it may be passed on by itself as the system's can. */
  readonly now = (): number => this.#now;

  /** How many timers run. */
  get running(): number {
    return this.#timers.size;
  }

  after(delay: number, callback: () => void): Timer {
    const due = { at: this.#now + delay, callback };
    this.#timers.add(due);
    return { cancel: () => void this.#timers.delete(due) };
  }

  /** Moves time on; calls what falls due, in order, each at its own time. */
  advance(duration: number): void {
    const end = this.#now + duration;
    for (let due = this.#next(end); due !== undefined; due = this.#next(end)) this.#call(due);
    this.#now = end;
  }

  /** The same, and lets promises go on before, between and after. */
  async pass(duration: number): Promise<void> {
    await settled();
    const end = this.#now + duration;
    for (let due = this.#next(end); due !== undefined; due = this.#next(end)) {
      this.#call(due);
      await settled();
    }
    this.#now = end;
  }

  /** The program stands still for so long: what falls due meanwhile is called late, at the end. */
  standStill(duration: number): void {
    const end = this.#now += duration;
    for (let due = this.#next(end); due !== undefined; due = this.#next(end)) this.#call(due);
  }

  #call(due: Due): void {
    this.#timers.delete(due);
    this.#now = Math.max(this.#now, due.at);
    due.callback();
  }

  /** The timer to fall due first, of those until `end`; of equals the one set first. */
  #next(end: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#timers) {
      if (due.at <= end && (first === undefined || due.at < first.at)) first = due;
    }
    return first;
  }
}

/** Returns once what depends on nothing outside has gone as far as it goes: promises, ends of turns. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let step = 0; step < 20; step++) await undefined;
  }
}
