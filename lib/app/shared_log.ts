/**
 * The log of several that see the same, such as the upstreams of clients that are kept apart: when a server
 * goes or comes back, each of them notices, and the first says so for all.
 */

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";

/** Milliseconds after which the same is told again. */
const INTERVAL = 60_000;
/** Texts remembered: causes are few. */
const MOST = 32;

export class SharedLog implements Logger {
  readonly #log: Logger;
  readonly #clock: Clock;
  /** When what goes wrong was told, and what is well, by the text: each makes the other news again. */
  readonly #troubles = new Map<string, number>();
  readonly #returns = new Map<string, number>();

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  debug(text: string): void {
    this.#log.debug(text);
  }

  info(text: string): void {
    if (this.#isNews(text, this.#returns, this.#troubles)) this.#log.info(text);
  }

  warning(text: string): void {
    if (this.#isNews(text, this.#troubles, this.#returns)) this.#log.warning(text);
  }

  error(text: string): void {
    if (this.#isNews(text, this.#troubles, this.#returns)) this.#log.error(text);
  }

  /** Whether it was not told since something of the `other` kind was, but for what each has measured. */
  #isNews(text: string, told: Map<string, number>, other: Map<string, number>): boolean {
    const now = this.#clock.now();
    const said = text.replaceAll(/[\d.]+ m?s\b/g, "").replace(/ and (a|\d+) failed attempts?$/, "");
    if (now - (told.get(said) ?? -Infinity) < INTERVAL) return false;
    if (told.size >= MOST) told.clear();
    told.set(said, now);
    other.clear();
    return true;
  }
}
