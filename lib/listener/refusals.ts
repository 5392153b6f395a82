/**
 * Tells the log whose queries are refused, with the option that would serve them: a few networks a minute, and
 * each again only after a minute, then after twice as long, up to an hour. The addresses may be forged, so what
 * is remembered is bounded, and a flood costs a comparison for each query.
 */

import type { Logger } from "../base/log.ts";
import { formatIpv6 } from "../net/address.ts";
import { addressOctets, networkHas, parseNetwork } from "./access.ts";

/** Networks whose clients belong together, no matter who has which part: shared (RFC 6598), RFC 6890, RFC 2544. */
const WHOLE_NETWORKS = ["100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15"];
/** What one link mostly has. */
const IPV4_LENGTH = 24;
const IPV6_LENGTH = 64;
const MINUTE = 60_000;
const LONGEST = 60 * MINUTE;
/** Lines a minute, of all networks. */
const LINES = 4;
/** Milliseconds until the next host is looked at after one that has been told. */
const PAUSE = 1000;
const MAX_REMEMBERED = 64;

interface Told {
  /** When it may be told again, and how long that was after the last time. */
  readonly due: number;
  readonly wait: number;
}

export class Refusals {
  readonly #log: Logger;
  readonly #told = new Map<string, Told>();
  #lines = 0;
  #minuteEnd = -Infinity;
  /** Until then nothing is looked at. */
  #next = -Infinity;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** A query of `host` was refused at `now`, in milliseconds of a clock that never goes back. */
  note(host: string, now: number): void {
    if (now < this.#next) return;
    if (now >= this.#minuteEnd) {
      this.#minuteEnd = now + MINUTE;
      this.#lines = 0;
    }
    const network = networkOf(host);
    const told = this.#told.get(network);
    if (network === "" || (told !== undefined && now < told.due)) {
      this.#next = now + PAUSE;
      return;
    }
    this.#tell(host, network, now, Math.min(LONGEST, (told?.wait ?? MINUTE / 2) * 2));
  }

  #tell(host: string, network: string, now: number, wait: number): void {
    this.#told.delete(network);
    if (this.#told.size >= MAX_REMEMBERED) this.#forgetOldest();
    this.#told.set(network, { due: now + wait, wait });
    if (++this.#lines === LINES) this.#next = this.#minuteEnd;
    this.#log.warning(
      `Refused a query from ${host}: clients of that network are not served; ` +
        `if it is yours, --allow ${network} serves it`,
    );
  }

  #forgetOldest(): void {
    for (const network of this.#told.keys()) {
      this.#told.delete(network);
      return;
    }
  }
}

/** The network to allow for a client at `host`; empty where that is no address. */
function networkOf(host: string): string {
  const octets = addressOctets(host);
  if (octets === undefined) return "";
  const whole = WHOLE_NETWORKS.find((each) => {
    const network = parseNetwork(each);
    return network !== undefined && networkHas(network, octets);
  });
  if (whole !== undefined) return whole;
  const length = octets.length === 4 ? IPV4_LENGTH : IPV6_LENGTH;
  octets.fill(0, length / 8);
  if (octets.length === 4) return `${octets.join(".")}/${length}`;
  const groups = Array.from({ length: 8 }, (_, at) => (octets[2 * at] << 8) | octets[2 * at + 1]);
  return `${formatIpv6(groups)}/${length}`;
}
