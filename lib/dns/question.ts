/** The question of a message (RFC 1035, 4.1.2): name, type and class, right behind the header. */

import { HEADER_LENGTH, uint16 } from "./header.ts";
import { lowerCase, plainNameEnd } from "./name.ts";

export const RecordType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  SIG: 24,
  AAAA: 28,
  DNAME: 39,
  OPT: 41,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
} as const;

/** The offset behind the first question, or -1 if it is malformed; does not look at the counts. */
export function questionEnd(message: Uint8Array): number {
  const end = plainNameEnd(message, HEADER_LENGTH);
  return end < 0 || end + 4 > message.length ? -1 : end + 4;
}

/** The type asked for, given the offset behind the question. */
export function questionType(message: Uint8Array, end: number): number {
  return uint16(message, end - 4);
}

/**
 * Whether `message` asks the same question as the one that ends at `end` in `query`: same type and
 * class, same name but for ASCII case (RFC 5452, 9.1; RFC 4343).
 */
export function sameQuestion(query: Uint8Array, end: number, message: Uint8Array): boolean {
  if (message.length < end) return false;
  for (let at = end - 4; at < end; at++) if (query[at] !== message[at]) return false;
  for (let at = HEADER_LENGTH; at < end - 4; at++) {
    const octet = query[at];
    if (octet !== message[at] && lowerCase(octet) !== lowerCase(message[at])) return false;
  }
  return true;
}
