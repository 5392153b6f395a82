/**
 * Notices what connections may not have survived: the machine slept, its clock was set, its addresses
 * changed. The kernel tells nobody, and a connection from before may hang for a quarter of an hour.
 *
 * The monotonic clock stands still during sleep and the wall clock does not, so a gap between them is
 * either sleep or a clock that was set.
 */

import type { Clock } from "../base/clock.ts";
import { Sweep } from "../base/sweep.ts";

export interface DisturbancesOptions {
  readonly clock: Clock;
  /** The wall clock in milliseconds. */
  readonly wall: () => number;
  /** The addresses that the machine has now, in any order. */
  readonly addresses: () => readonly string[];
  /** The clock is not what it was: it was set, or stood still. Called before `onDisturbance`. */
  readonly onClockSet: () => void;
  /** Called at each look, last: once a second. */
  readonly onLook: () => void;
  /** `reason` is a line for the log; no connection is to be trusted. */
  readonly onDisturbance: (reason: string) => void;
  /** The addresses of the machine are others than before. */
  readonly onAddresses: () => void;
}

const TICK = 1000;
/** Ticks from one look at the addresses to the next. */
const ADDRESS_TICKS = 5;
/** Milliseconds between the clocks that are no drift. */
const MAX_GAP = 5000;

export class Disturbances {
  readonly #options: DisturbancesOptions;
  readonly #sweep: Sweep;
  #offset: number;
  #addresses: string;
  #ticks = 0;

  /** Watches from `start()` to `stop()`. */
  constructor(options: DisturbancesOptions) {
    this.#options = options;
    this.#offset = this.#clockOffset();
    this.#addresses = this.#addressList();
    this.#sweep = new Sweep(options.clock, TICK, () => this.#look());
  }

  start(): void {
    this.#sweep.wake();
  }

  /** A clock that was set since the last look is told, for those who want to know the time at the end. */
  stop(): void {
    this.#sweep.stop();
    const gap = this.#clockOffset() - this.#offset;
    if (Math.abs(gap) > MAX_GAP) this.#options.onClockSet();
  }

  #look(): boolean {
    const gap = this.#clockOffset() - this.#offset;
    this.#offset += gap;
    const wasAsleep = gap > MAX_GAP;
    if (Math.abs(gap) > MAX_GAP) {
      const seconds = Math.round(Math.abs(gap) / 1000);
      const what = wasAsleep ? "slept, or its clock was set forward" : "set its clock back";
      this.#options.onClockSet();
      this.#options.onDisturbance(`This machine ${what}, by ${seconds} s`);
    }
    // After sleep the network often changes at once: that is one disturbance, not two.
    if (wasAsleep) this.#addresses = this.#addressList();
    else if (++this.#ticks % ADDRESS_TICKS === 0) this.#lookAtAddresses();
    this.#options.onLook();
    return true;
  }

  #lookAtAddresses(): void {
    const addresses = this.#addressList();
    if (addresses === this.#addresses) return;
    this.#addresses = addresses;
    this.#options.onAddresses();
  }

  #clockOffset(): number {
    return this.#options.wall() - this.#options.clock.now();
  }

  #addressList(): string {
    return this.#options.addresses().toSorted().join(" ");
  }
}
