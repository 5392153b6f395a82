/**
 * Closes the connection to an upstream when it has been idle for as long as it may, and learns from the
 * upstream closing it earlier. The timer is set for the very moment, since that may be half a second before
 * the upstream closes; under load it is set anew once per limit, and there is none without a connection.
 */

import type { Timer } from "../../base/clock.ts";
import type { Connection } from "./connection.ts";
import { IdleTime } from "./idle_time.ts";
import type { LinkOptions } from "./link_owner.ts";

/** Milliseconds until the next look at a connection in use, at least: its limit may be zero. */
const MIN_WAIT = 100;

export class IdleWatch {
  readonly #options: LinkOptions;
  readonly #time: IdleTime;
  readonly #current: () => Connection | undefined;
  #timer: Timer | undefined;
  #due = 0;

  /** `current` yields the connection to look after, if there is one. */
  constructor(options: LinkOptions, current: () => Connection | undefined) {
    this.#options = options;
    this.#time = new IdleTime(options.idle);
    this.#current = current;
  }

  /** The milliseconds that a connection may be idle: the current one, or the next until it is told otherwise. */
  get limit(): number {
    return this.#time.limit(this.#current()?.keepalive ?? -1);
  }

  /**
   * The upstream has closed a connection that was idle. Says whether a new one is worth opening before the
   * next query.
   */
  onClosedByUpstream(connection: Connection): boolean {
    const { clock, log, name } = this.#options;
    const { isStale, lastArrival, lastUse, quietSince } = connection;
    const idle = isStale ? quietSince - lastArrival : clock.now() - lastUse;
    log.debug(`Upstream ${name} closed a connection that was idle for ${Math.round(idle)} ms`);
    return this.#time.onClosedByUpstream(idle);
  }

  /** There is another connection, or what it may is not what it was. */
  update(): void {
    const connection = this.#current();
    if (!connection) return;
    const now = this.#options.clock.now();
    const limit = this.#time.limit(connection.keepalive);
    const due = connection.inFlight > 0
      ? now + Math.max(MIN_WAIT, limit)
      : connection.lastUse + limit;
    // One that is too early is set anew when it is over.
    if (this.#timer && this.#due <= due) return;
    this.stop();
    this.#due = due;
    this.#timer = this.#options.clock.after(Math.max(0, due - now), this.#look);
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
    if (connection.inFlight === 0 && this.#options.clock.now() >= connection.lastUse + limit) {
      connection.close("idle", "ours");
      if (connection.answered > 0) this.#time.onClosedFirst(limit);
    }
    this.update();
  };
}
