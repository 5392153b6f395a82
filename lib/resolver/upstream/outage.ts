/**
 * What the log says of an upstream that cannot be reached: each cause once, and when it answers again, with
 * how long that took and how many attempts.
 */

import type { LinkOptions } from "./link_owner.ts";
import type { Outlook, Reach } from "./reach.ts";

export class Outage {
  readonly #options: LinkOptions;
  readonly #reach: Reach;

  constructor(options: LinkOptions, reach: Reach) {
    this.#options = options;
    this.#reach = reach;
  }

  /**
   * An attempt failed because of `cause`, of which `detail` tells more, or a connection that brought nothing
   * was lost. Returns the milliseconds until the next attempt.
   */
  onFailure(cause: string, outlook: Outlook, detail: string): number {
    const { clock, log, name } = this.#options;
    const isNews = this.#reach.isNews(cause);
    const delay = this.#reach.onFailure(clock.now(), cause, outlook);
    if (isNews) log.warning(`Cannot reach upstream ${name}: ${cause}${detail}`);
    return delay;
  }

  /** A query has waited for a connection, or for a silent one, until its deadline. */
  onTimeout(now: number): void {
    if (!this.#reach.onTimeout(now)) return;
    const { log, name } = this.#options;
    log.warning(`Upstream ${name} does not answer: ${this.#reach.cause}`);
  }

  /** A response has come at `now`. */
  onAnswer(now: number): void {
    if (this.#reach.isWell) return;
    const { log, name } = this.#options;
    const { failingSince, failures } = this.#reach;
    this.#reach.onAnswer(now);
    if (failingSince < 0) return;
    const seconds = ((now - failingSince) / 1000).toFixed(1);
    log.info(`Upstream ${name} answers again after ${seconds} s${failedText(failures)}`);
  }
}

/** None have failed where it could be connected to and said nothing. */
function failedText(attempts: number): string {
  if (attempts === 0) return "";
  return attempts === 1 ? " and a failed attempt" : ` and ${attempts} failed attempts`;
}
