/**
 * Connections beside the current one, for a server that works on only a few queries per connection at a
 * time. They are opened when that shows, all that may be at once, and given up after a while of calm. That
 * one cannot be opened, or is lost, is no failure of the upstream.
 */

import type { Timer } from "../../base/clock.ts";
import type { Stream } from "../../net/dial.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import type { LinkOptions } from "./link_owner.ts";
import type { UpstreamCounters } from "./upstream_counters.ts";

export interface GrowthOptions extends LinkOptions {
  /** Those that there are, to which it adds. */
  readonly all: Connections;
  readonly counters: UpstreamCounters;
  /** Takes a stream over, the opening of which began at `started`; undefined if it is not wanted any more. */
  readonly adopt: (stream: Stream, started: number) => Connection | undefined;
  /** A connection is open and added, and so many more are being opened. */
  readonly onOpen: (connection: Connection, more: number) => void;
}

/** The connections that an upstream may have unless told otherwise. */
export const MAX_CONNECTIONS = 4;
/** Milliseconds with fewer queries than this at a time until extra connections are closed. */
const CALM = 5000;
const FEW = 10;
/** Milliseconds until the next attempt to grow; and where one failed, as the server may not want it. */
const PAUSE = 1000;
const LONG_PAUSE = 10_000;

export class Growth {
  readonly #options: GrowthOptions;
  #opening = 0;
  #nextAttempt = -Infinity;
  #busy = 0;
  #timer: Timer | undefined;

  constructor(options: GrowthOptions) {
    this.#options = options;
  }

  /** Queries wait at the server for others: opens what may be opened. */
  grow(now: number): void {
    const { all, connections = MAX_CONNECTIONS, log, name } = this.#options;
    const missing = connections - 1 - all.extra.length;
    if (this.#opening > 0 || missing <= 0 || now < this.#nextAttempt) return;
    log.debug(`Upstream ${name} works on few queries per connection: opening more`);
    this.#nextAttempt = now + PAUSE;
    this.#opening = missing;
    for (let each = 0; each < missing; each++) this.#open(now);
  }

  /** So many queries are pending. */
  onLook(pending: number, now: number): void {
    if (pending >= FEW) this.#busy = now;
  }

  /** An extra connection has ended. */
  onLost(connection: Connection): void {
    if (connection.answered === 0) this.#pause();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #open(started: number): Promise<void> {
    const { adopt, all, dial, onOpen } = this.#options;
    const stream = await dial().catch((error: Error) => error);
    this.#opening--;
    if (stream instanceof Error) return this.#onFailed(stream);
    const connection = adopt(stream, started);
    if (!connection) return;
    all.addExtra(connection);
    this.#busy = connection.opened;
    this.#timer ??= this.#options.clock.after(CALM, this.#look);
    onOpen(connection, this.#opening);
  }

  #onFailed(error: Error): void {
    const { counters, log, name } = this.#options;
    counters.failedAttempts++;
    log.debug(`No further connection to upstream ${name}: ${error.message}`);
    this.#pause();
  }

  #pause(): void {
    this.#nextAttempt = this.#options.clock.now() + LONG_PAUSE;
  }

  readonly #look = () => {
    const { all, clock } = this.#options;
    this.#timer = undefined;
    if (all.extra.length === 0) return;
    const rest = this.#busy + CALM - clock.now();
    if (rest <= 0) all.shrink();
    if (all.extra.length > 0) this.#timer = clock.after(Math.max(FEW, rest), this.#look);
  };
}
