/**
 * Which clients are served: those of this machine and its own networks, never the whole Internet
 * (RFC 5358, 4; RFC 5625, 6.2). Others are refused, and silently dropped once there are too many.
 */

import { ipv6Groups, isIpv4 } from "../net/address.ts";

/** A network: the first `length` bits of `octets`. */
export interface Network {
  readonly octets: Uint8Array;
  readonly length: number;
}

/** Loopback, private use (RFC 1918, RFC 4193) and link local. */
const LOCAL_NETWORKS = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
];
/** Hosts whose verdict is remembered. */
const MAX_REMEMBERED = 4096;

/** The network that `ADDRESS/LENGTH` or `ADDRESS` names, or undefined. */
export function parseNetwork(text: string): Network | undefined {
  const [address, length, ...rest] = text.split("/");
  const octets = addressOctets(address);
  if (!octets || rest.length > 0) return undefined;
  if (length === undefined) return { octets, length: octets.length * 8 };
  if (!/^\d{1,3}$/.test(length) || +length > octets.length * 8) return undefined;
  return { octets, length: +length };
}

/** The 4 or 16 octets of an address; an IPv4 address within IPv6 counts as IPv4. */
export function addressOctets(address: string): Uint8Array | undefined {
  if (isIpv4(address)) return Uint8Array.from(address.split("."), Number);
  const groups = ipv6Groups(address.split("%")[0]);
  if (!groups || !address.includes(":")) return undefined;
  const octets = Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? octets.slice(12) : octets;
}

export function networkHas(network: Network, octets: Uint8Array): boolean {
  if (network.octets.length !== octets.length) return false;
  for (let bit = 0; bit < network.length; bit += 8) {
    const mask = network.length - bit >= 8 ? 0xff : 0xff << (8 - (network.length - bit)) & 0xff;
    if (((network.octets[bit >> 3] ^ octets[bit >> 3]) & mask) !== 0) return false;
  }
  return true;
}

/** Is told of each query that is refused; `now` is in milliseconds of a clock that never goes back. */
export interface RefusalNotes {
  note(host: string, now: number): void;
}

export class Access {
  #networks: readonly Network[] = [];
  readonly #verdicts = new Map<string, boolean>();
  readonly #refusals: RefusalNotes | undefined;

  /** Serves the local networks and `others`, such as those that the machine is connected to. */
  constructor(others: readonly string[], refusals?: RefusalNotes) {
    this.#refusals = refusals;
    this.serve(others);
  }

  /** A query of `host`, which is not allowed, was refused at `now`, in milliseconds. */
  noteRefused(host: string, now: number): void {
    this.#refusals?.note(host, now);
  }

  /** Serves other networks than before besides the local ones. */
  serve(others: readonly string[]): void {
    this.#networks = [...LOCAL_NETWORKS, ...others].flatMap((text) => parseNetwork(text) ?? []);
    this.#verdicts.clear();
  }

  allows(host: string): boolean {
    const known = this.#verdicts.get(host);
    if (known !== undefined) return known;
    const octets = addressOctets(host);
    const verdict = octets !== undefined && this.#networks.some((each) => networkHas(each, octets));
    if (this.#verdicts.size >= MAX_REMEMBERED) this.#verdicts.clear();
    this.#verdicts.set(host, verdict);
    return verdict;
  }
}

/** So many a second and no more, saved up for at most a second. */
export class RateLimit {
  readonly #perSecond: number;
  #left: number;
  #last = 0;

  constructor(perSecond: number) {
    this.#perSecond = this.#left = perSecond;
  }

  /** Takes one if there is one at `now`, in milliseconds. */
  take(now: number): boolean {
    const earned = ((now - this.#last) * this.#perSecond) / 1000;
    this.#left = Math.min(this.#perSecond, this.#left + earned);
    this.#last = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
