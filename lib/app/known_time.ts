/**
 * The time at which this machine's clock was last known to be right, in the state directory: at the next
 * start a clock before it is wrong.
 *
 * Written when the clock is believed (a certificate has just been verified with it), when that is news by a
 * day, at most once a day, and at the end: flash memory wears out. A time that turns out to lie in the
 * future is replaced by an earlier one only where the clock has been believed and run for a day, or at the
 * end; a clock that was off for a moment at the start leaves it alone.
 */

import type { Clock } from "../base/clock.ts";
import type { ClockFloor } from "../base/clock_floor.ts";
import type { Config } from "./settings/config.ts";
import type { StateDirectory } from "./state_directory.ts";
import { hasTimeSync, isOpportunistic, keepsAddresses } from "./settings/upstream_uri.ts";

const FILE = "last-known-time";
const FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\n?$/;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Whether the time is kept: where someone is authenticated, who alone can prove a clock, and the state
 * directory is used for something else too or was asked for. For this alone the program does not keep
 * the right to write files.
 */
export function keepsTime(
  { isStateWanted, stateDirectory, upstreams }: Pick<
    Config,
    "isStateWanted" | "stateDirectory" | "upstreams"
  >,
): boolean {
  if (stateDirectory === undefined) return false;
  const proving = upstreams.filter((each) => each.transport === "tls" && !isOpportunistic(each));
  return proving.length > 0 &&
    (isStateWanted || upstreams.some(keepsAddresses) || upstreams.some(hasTimeSync));
}

export class KnownTime {
  readonly #state: StateDirectory;
  readonly #floor: ClockFloor;
  readonly #clock: Clock;
  readonly #started: number;
  #known: number;
  /** When it was last written, in milliseconds of the clock that is never set. */
  #written = -Infinity;

  /** Reads what is known and tells `floor`. */
  constructor(state: StateDirectory, floor: ClockFloor, clock: Clock) {
    this.#state = state;
    this.#floor = floor;
    this.#clock = clock;
    this.#started = clock.now();
    this.#known = this.#read();
    floor.remember(this.#known);
  }

  /** To be called now and then. */
  look(): void {
    const news = this.#news;
    const since = news < 0 ? Math.max(this.#started, this.#written) : this.#written;
    const isNews = news < 0 || news >= DAY;
    if (isNews && this.#clock.now() - since >= DAY) this.#write();
  }

  /** The program ends. */
  stop(): void {
    const news = this.#news;
    if (news < 0 || news >= HOUR) this.#write();
  }

  /** By how many milliseconds the clock is ahead of what is known; 0 where it is not believed. */
  get #news(): number {
    return this.#floor.isBelieved ? this.#floor.now - this.#known : 0;
  }

  #read(): number {
    const text = this.#state.read(FILE);
    if (text === undefined) return -Infinity;
    const time = FORM.test(text) ? Date.parse(text.trim()) : NaN;
    if (!Number.isNaN(time)) return time;
    this.#state.putAside(FILE, "it holds no time such as 2026-12-24T18:00:00Z");
    return -Infinity;
  }

  #write(): void {
    this.#known = this.#floor.now;
    this.#written = this.#clock.now();
    this.#floor.remember(this.#known);
    this.#state.write(FILE, `${new Date(this.#known).toISOString()}\n`);
  }
}
