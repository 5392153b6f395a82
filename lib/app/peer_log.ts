/**
 * Tells what an administrator should know of a server that has been let in: that it is not authenticated,
 * that its certificate ends soon, that only a backup pin matches. Once per change, not per connection.
 */

import type { Logger } from "../base/log.ts";
import type { Target } from "../net/dial.ts";
import type { Peer } from "../net/identity.ts";
import { isOpportunistic } from "./settings/upstream_uri.ts";

const DAY = 86_400_000;
/** Days before the end of a certificate that are left to renew it. */
const SOON = 14;

export class PeerLog {
  readonly #name: string;
  readonly #target: Target;
  readonly #log: Logger;
  readonly #now: () => number;
  #hasConnected = false;
  #certificateEnd: number | undefined;
  /** The end of the certificate that was last warned of, and the pin that matched last. */
  #expires = 0;
  #pin = 0;

  /** `name` is the upstream's; `now` tells milliseconds since 1970. */
  constructor(name: string, target: Target, log: Logger, now: () => number = Date.now) {
    this.#name = name;
    this.#target = target;
    this.#log = log;
    this.#now = now;
  }

  /** When the certificate that was seen last ends, in milliseconds since 1970; undefined: none was seen. */
  get certificateEnd(): number | undefined {
    return this.#certificateEnd;
  }

  onPeer({ expires, pin }: Peer): void {
    this.#certificateEnd = expires;
    if (isOpportunistic(this.#target)) this.#tellOpportunistic();
    else {
      this.#tellEnd(expires);
      if (pin >= 0) this.#tellPin(pin);
    }
    this.#hasConnected = true;
  }

  #tellOpportunistic(): void {
    if (this.#hasConnected) return;
    this.#log.warning(`Connection to upstream ${this.#name} is encrypted, but not authenticated`);
  }

  #tellEnd(expires: number): void {
    const left = expires - this.#now();
    if (left > SOON * DAY || expires === this.#expires) return;
    this.#expires = expires;
    const date = new Date(expires).toISOString().slice(0, 10);
    const when = left > 0 ? "expires" : "expired";
    this.#log.warning(`Certificate of upstream ${this.#name} ${when} on ${date}`);
  }

  #tellPin(pin: number): void {
    if (pin === this.#pin) return;
    this.#pin = pin;
    const name = this.#name;
    if (pin === 0) this.#log.info(`Upstream ${name} matches its first pin again`);
    else this.#log.warning(`Upstream ${name} matches only its backup pin ${this.#text(pin)}`);
  }

  #text(pin: number): string {
    const { identity } = this.#target as Extract<Target, { transport: "tls" }>;
    return `sha256:${identity?.pins[pin]}, not the first in the list: add a new backup`;
  }
}
