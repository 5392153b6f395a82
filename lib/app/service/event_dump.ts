/** Has the flight recorder dumped after a mistake of ours, but not after each of many. */

import type { Clock } from "../../base/clock.ts";
import { dumpEvents } from "../../base/log.ts";

/** Milliseconds: a dump has hundreds of lines, and the next one would have mostly the same. */
const INTERVAL = 600_000;

export class EventDump {
  readonly #clock: Clock;
  #dumped = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called once the mistake is logged. */
  readonly onUnexpected = (): void => {
    const now = this.#clock.now();
    if (now - this.#dumped < INTERVAL) return;
    this.#dumped = now;
    dumpEvents("after a mistake of ours");
  };
}
