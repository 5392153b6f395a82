/**
 * The log of several that see the same, such as the upstreams of clients that are kept apart: when a server
 * goes or comes back, each of them notices, and the first says so for all.
 */

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";

/** Milliseconds after which the same is told again. */
const INTERVAL = 60_000;

export class SharedLog implements Logger {
  readonly #log: Logger;
  readonly #clock: Clock;
  #last = "";
  #told = -Infinity;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  debug(text: string): void {
    this.#log.debug(text);
  }

  info(text: string): void {
    if (this.#isNews(text)) this.#log.info(text);
  }

  warning(text: string): void {
    if (this.#isNews(text)) this.#log.warning(text);
  }

  error(text: string): void {
    if (this.#isNews(text)) this.#log.error(text);
  }

  /** Whether it is not what was told last, but for what each has measured and counted. */
  #isNews(text: string): boolean {
    const now = this.#clock.now();
    const said = text.replaceAll(/[\d.]+ m?s\b/g, "").replace(/ and (a|\d+) failed attempts?$/, "");
    if (said === this.#last && now - this.#told < INTERVAL) return false;
    this.#last = said;
    this.#told = now;
    return true;
  }
}
