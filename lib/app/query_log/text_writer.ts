/** Writes text into octets, piece by piece, without a string for each: a log of queries has many of them. */

import { HEADER_LENGTH } from "../../dns/header.ts";

const ZERO = 0x30;
const DOT = 0x2e;
const BACKSLASH = 0x5c;
/** These are written behind a backslash in names (RFC 1035, 5.1). */
const SPECIAL = new Set([...'".\\();@$'].map((each) => each.charCodeAt(0)));
const QUOTE = 0x22;

export class TextWriter {
  readonly octets: Uint8Array;
  /** How many octets are written. */
  length = 0;

  constructor(capacity: number) {
    this.octets = new Uint8Array(capacity);
  }

  /** Octets as they are. */
  add(piece: Uint8Array): void {
    const { octets } = this;
    // A loop beats a call for pieces as short as these.
    for (let at = 0; at < piece.length; at++) octets[this.length + at] = piece[at];
    this.length += piece.length;
  }

  addOctet(octet: number): void {
    this.octets[this.length++] = octet;
  }

  /** A whole number, not negative, with zeros in front up to `digits`. */
  addNumber(value: number, digits = 1): void {
    let count = digits;
    for (let limit = 10 ** digits; value >= limit; limit *= 10) count++;
    let rest = value;
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const next = Math.floor(rest / 10);
      this.octets[at] = ZERO + rest - 10 * next;
      rest = next;
    }
    this.length += count;
  }

  /**
   * The name of the question, that of a well-formed `query`, as in a zone file (RFC 1035, 5.1; RFC 4343, 2.1) and
   * inside a string of JSON, where each backslash stands for one.
   */
  addName(query: Uint8Array): void {
    let at = HEADER_LENGTH;
    if (query[at] === 0) this.addOctet(DOT);
    while (query[at] !== 0) {
      const end = at + 1 + query[at];
      while (++at < end) this.#addNameOctet(query[at]);
      this.addOctet(DOT);
    }
  }

  #addNameOctet(octet: number): void {
    const isPlain = octet > 0x20 && octet < 0x7f;
    if (isPlain && !SPECIAL.has(octet)) return this.addOctet(octet);
    this.#addBackslash();
    if (!isPlain) return this.addNumber(octet, 3);
    if (octet === BACKSLASH || octet === QUOTE) this.addOctet(BACKSLASH);
    this.addOctet(octet);
  }

  #addBackslash(): void {
    this.addOctet(BACKSLASH);
    this.addOctet(BACKSLASH);
  }
}
