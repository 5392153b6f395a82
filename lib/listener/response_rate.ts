/**
 * How many responses a second a network gets over UDP, so that queries in the name of a victim do not
 * flood it through us (RFC 5358, 3). A network is a /24 of IPv4 or a /56 of IPv6, as much as one
 * customer has; single addresses could be forged by the thousand.
 *
 * Each network has a token bucket, saved up for a second at most. The buckets are arrays, and a hash
 * that nobody outside can foretell finds the place:
 *
 *     host --Map, or hash of its network--> place | left | last | isTold |
 *
 * Two networks may share a place and with it their limit. That does no harm: beyond the limit a client is
 * told to come over TCP, and is served there.
 */

import { hashOctets } from "../base/hash_index.ts";
import type { Logger } from "../base/log.ts";
import { formatIpv6 } from "../net/address.ts";
import { addressOctets } from "./access.ts";

/** A power of two. */
const BUCKETS = 4096;
const IPV4_LENGTH = 24;
const IPV6_LENGTH = 56;
/** Hosts whose place is remembered. */
const MAX_REMEMBERED = 4096;
/** Milliseconds from one warning to the next: a flood has many networks. */
const WARNING_INTERVAL = 60_000;
const NO_ADDRESS = new Uint8Array(0);

export class ResponseRate {
  readonly #perSecond: number;
  readonly #log: Logger;
  readonly #seed: number;
  readonly #places = new Map<string, number>();
  readonly #left: Float64Array;
  readonly #last = new Float64Array(BUCKETS);
  /** 1 from the warning until the bucket is full again. */
  readonly #isTold = new Uint8Array(BUCKETS);
  #lastWarning = -Infinity;

  /** `seed`: 32 random bits. */
  constructor(perSecond: number, log: Logger, seed = randomSeed()) {
    this.#perSecond = perSecond;
    this.#log = log;
    this.#seed = seed;
    this.#left = new Float64Array(BUCKETS).fill(perSecond);
  }

  /** Takes a response to the network of `host` at `now`, in milliseconds; false if it has had its share. */
  take(host: string, now: number): boolean {
    const place = this.#places.get(host) ?? this.#find(host);
    const earned = ((now - this.#last[place]) * this.#perSecond) / 1000;
    const left = Math.min(this.#perSecond, this.#left[place] + earned);
    this.#last[place] = now;
    if (left < 1) {
      this.#left[place] = left;
      if (this.#isTold[place] === 0) this.#tell(host, place, now);
      return false;
    }
    if (left === this.#perSecond) this.#isTold[place] = 0;
    this.#left[place] = left - 1;
    return true;
  }

  #find(host: string): number {
    const octets = addressOctets(host) ?? NO_ADDRESS;
    const place = hashOctets(octets, 0, networkLength(octets) / 8, this.#seed) & (BUCKETS - 1);
    if (this.#places.size >= MAX_REMEMBERED) this.#places.clear();
    this.#places.set(host, place);
    return place;
  }

  #tell(host: string, place: number, now: number): void {
    if (now - this.#lastWarning < WARNING_INTERVAL) return;
    this.#lastWarning = now;
    this.#isTold[place] = 1;
    this.#log.warning(
      `More than ${this.#perSecond} responses a second over UDP to ${formatNetwork(host)}: ` +
        "beyond that its clients are sent to TCP; --limit responses-per-second=N allows more",
    );
  }
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

/** How many bits of an address are its network. */
function networkLength(octets: Uint8Array): number {
  if (octets.length === 0) return 0;
  return octets.length === 4 ? IPV4_LENGTH : IPV6_LENGTH;
}

/** `192.0.2.0/24`, `2001:db8:0:100::/56`. */
function formatNetwork(host: string): string {
  const octets = addressOctets(host) ?? NO_ADDRESS;
  const length = networkLength(octets);
  octets.fill(0, length / 8);
  if (octets.length <= 4) return `${octets.join(".")}/${length}`;
  const groups = Array.from({ length: 8 }, (_, at) => (octets[2 * at] << 8) | octets[2 * at + 1]);
  return `${formatIpv6(groups)}/${length}`;
}
