/**
 * Closes the connection to an upstream when it has been idle for as long as it may. The timer is set for
 * the very moment, since that may be half a second before the upstream closes; under load it is set anew
 * once per limit, and there is none without a connection.
 */

import type { Clock, Timer } from "../../base/clock.ts";
import type { Connection } from "./connection.ts";
import type { IdleTime } from "./idle_time.ts";

/** Milliseconds until the next look at a connection in use, at least: its limit may be zero. */
const MIN_WAIT = 100;

export class IdleWatch {
  readonly #clock: Clock;
  readonly #time: IdleTime;
  readonly #current: () => Connection | undefined;
  #timer: Timer | undefined;
  #due = 0;

  /** `current` yields the connection to look after, if there is one. */
  constructor(clock: Clock, time: IdleTime, current: () => Connection | undefined) {
    this.#clock = clock;
    this.#time = time;
    this.#current = current;
  }

  /** There is another connection, or what it may is not what it was. */
  update(): void {
    const connection = this.#current();
    if (!connection) return;
    const now = this.#clock.now();
    const limit = this.#time.limit(connection.keepalive);
    const due = connection.inFlight > 0
      ? now + Math.max(MIN_WAIT, limit)
      : connection.lastUse + limit;
    // One that is too early is set anew when it is over.
    if (this.#timer && this.#due <= due) return;
    this.stop();
    this.#due = due;
    this.#timer = this.#clock.after(Math.max(0, due - now), this.#look);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #look = () => {
    this.#timer = undefined;
    const connection = this.#current();
    if (!connection) return;
    const limit = this.#time.limit(connection.keepalive);
    if (connection.inFlight === 0 && this.#clock.now() >= connection.lastUse + limit) {
      connection.close("idle", "ours");
      if (connection.answered > 0) this.#time.onClosedFirst(limit);
    }
    this.update();
  };
}
