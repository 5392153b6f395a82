/**
 * Looks at the certificate of an upstream, for those who want to know when it ends: the runtime's own TLS
 * verifies it and tells nothing of it. So once a day, and only while somebody asks, the upstream is connected
 * to in another way, and left again without a query.
 */

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { Stream } from "../net/dial.ts";

/** Milliseconds until the next look: after one, and after an attempt at one. */
const INTERVAL = 86_400_000;
const RETRY = 3_600_000;

export interface CertificateLookOptions {
  /** The upstream's, for the log. */
  readonly name: string;
  /** Connects; those who want to know of the certificate are told on the way. */
  readonly dial: () => Promise<Stream>;
  readonly clock: Clock;
  readonly log: Logger;
}

export class CertificateLook {
  readonly #options: CertificateLookOptions;
  #due = -Infinity;

  constructor(options: CertificateLookOptions) {
    this.#options = options;
  }

  /** Somebody wants to know. Returns at once; what is found out is known a moment later. */
  want(): void {
    const { clock } = this.#options;
    if (clock.now() < this.#due) return;
    this.#due = clock.now() + RETRY;
    this.#look();
  }

  /** Never rejects: that an upstream cannot be reached is for others to tell. */
  async #look(): Promise<void> {
    const { clock, dial, log, name } = this.#options;
    try {
      const stream = await dial();
      stream.close();
      this.#due = clock.now() + INTERVAL;
    } catch (error) {
      log.debug(`Cannot look at the certificate of ${name}: ${(error as Error).message}`);
    }
  }
}
