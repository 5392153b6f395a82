/**
 * A table of socket addresses in the form of the kernel, so that a return path is kept and compared as a
 * few numbers. Both forms begin with the same word (Linux, little endian):
 *
 *     sockaddr_in     | family, port | address |
 *     sockaddr_in6    | family, port | flow | address (4 words) | scope |
 *     word              0              1      2                   6       7 (unused)
 */

import { formatIpv6, ipv6Groups, isIpv4 } from "./address.ts";

const WORDS = 8;
/** Octets from one address to the next. */
export const SOCKET_ADDRESS_STRIDE = 4 * WORDS;
const AF_INET = 2;
const AF_INET6 = 10;
/** Octets of the two forms. */
const IPV4_LENGTH = 16;
const IPV6_LENGTH = 28;
const IPV6_ADDRESS_WORD = 2;
const SCOPE_WORD = 6;
/** Hosts whose text is remembered; a power of two. */
const REMEMBERED = 256;

export class SocketAddresses {
  /** The table as the kernel sees it. */
  readonly octets: Uint8Array;
  readonly #words: Uint32Array;
  readonly #texts: string[] = [];
  readonly #textWords: Uint32Array | undefined;

  /** `hasTexts`: addresses are asked for as text again and again. */
  constructor(count: number, hasTexts = false) {
    const buffer = new ArrayBuffer(count * SOCKET_ADDRESS_STRIDE);
    this.octets = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
    if (hasTexts) this.#textWords = new Uint32Array(REMEMBERED * WORDS);
  }

  /** Sets an address from its text, which is an IPv4 or IPv6 address without scope. */
  set(index: number, hostname: string, port: number): void {
    const at = index * SOCKET_ADDRESS_STRIDE;
    const octets = this.octets;
    octets.fill(0, at, at + SOCKET_ADDRESS_STRIDE);
    octets[at + 2] = port >>> 8;
    octets[at + 3] = port;
    if (isIpv4(hostname)) {
      octets[at] = AF_INET;
      hostname.split(".").forEach((part, offset) => octets[at + 4 + offset] = +part);
      return;
    }
    octets[at] = AF_INET6;
    const groups = ipv6Groups(hostname.split("%")[0]) ?? [];
    for (const [offset, group] of groups.entries()) {
      octets[at + 8 + 2 * offset] = group >>> 8;
      octets[at + 9 + 2 * offset] = group;
    }
  }

  /** Sets an address to that at `from` in `source`. */
  copy(index: number, source: SocketAddresses, from: number): void {
    const words = this.#words;
    const others = source.#words;
    const to = index * WORDS;
    const start = from * WORDS;
    words[to] = others[start];
    words[to + 1] = others[start + 1];
    if ((words[to] & 0xff) === AF_INET) return;
    for (let word = IPV6_ADDRESS_WORD; word <= SCOPE_WORD; word++) {
      words[to + word] = others[start + word];
    }
  }

  /** Whether address and port are those at `from` in `other`; flow and scope do not matter. */
  isSame(index: number, other: SocketAddresses, from: number): boolean {
    const words = this.#words;
    const others = other.#words;
    const at = index * WORDS;
    const start = from * WORDS;
    if (words[at] !== others[start]) return false;
    return this.#isSameHost(at, others, start);
  }

  /** The octets that the kernel is told to read. */
  length(index: number): number {
    return (this.#words[index * WORDS] & 0xff) === AF_INET ? IPV4_LENGTH : IPV6_LENGTH;
  }

  setPort(index: number, port: number): void {
    this.octets[index * SOCKET_ADDRESS_STRIDE + 2] = port >>> 8;
    this.octets[index * SOCKET_ADDRESS_STRIDE + 3] = port;
  }

  port(index: number): number {
    const word = this.#words[index * WORDS];
    return ((word >>> 8) & 0xff00) | (word >>> 24);
  }

  /** The scope of an IPv6 address (RFC 4007): the number of an interface, 0 without one. */
  scope(index: number): number {
    return this.#words[index * WORDS + SCOPE_WORD];
  }

  setScope(index: number, scope: number): void {
    this.#words[index * WORDS + SCOPE_WORD] = scope;
  }

  /** The address as text, without scope, as the runtime writes it. */
  host(index: number): string {
    const remembered = this.#textWords;
    const at = index * WORDS;
    if (remembered === undefined) return this.#format(index);
    const entry = this.#hash(at) & (REMEMBERED - 1);
    const known = entry * WORDS;
    if (
      (remembered[known] & 0xff) === (this.#words[at] & 0xff) &&
      this.#isSameHost(at, remembered, known)
    ) return this.#texts[entry];
    for (let word = 0; word < WORDS; word++) remembered[known + word] = this.#words[at + word];
    return this.#texts[entry] = this.#format(index);
  }

  #isSameHost(at: number, others: Uint32Array, start: number): boolean {
    const words = this.#words;
    if ((words[at] & 0xff) === AF_INET) return words[at + 1] === others[start + 1];
    for (let word = IPV6_ADDRESS_WORD; word < SCOPE_WORD; word++) {
      if (words[at + word] !== others[start + word]) return false;
    }
    return true;
  }

  #hash(at: number): number {
    const words = this.#words;
    if ((words[at] & 0xff) === AF_INET) return Math.imul(words[at + 1], 0x9e3779b1) >>> 8;
    const mixed = words[at + 2] ^ words[at + 3] ^ words[at + 4] ^ words[at + 5];
    return Math.imul(mixed, 0x9e3779b1) >>> 8;
  }

  #format(index: number): string {
    const at = index * SOCKET_ADDRESS_STRIDE;
    const octets = this.octets;
    if (octets[at] === AF_INET) return octets.subarray(at + 4, at + 8).join(".");
    const groups = Array.from(
      { length: 8 },
      (_, group) => (octets[at + 8 + 2 * group] << 8) | octets[at + 9 + 2 * group],
    );
    return formatIpv6(groups);
  }
}
