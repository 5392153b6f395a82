/**
 * Names of special use (RFC 6761): those that are answered here, with all below them, and never asked of
 * an upstream.
 *
 * `resolver.arpa` (RFC 9462): clients ask for `_dns.resolver.arpa SVCB` to learn which encrypted resolver
 * belongs to the one they use. The upstream would name its own, and its clients would go there, past us.
 * A resolver that has none to name answers NODATA (RFC 9462, 6.4).
 */

import { HEADER_LENGTH, setUint16, uint16 } from "../dns/header.ts";
import { lowerCase } from "../dns/name.ts";
import { RecordType } from "../dns/question.ts";

/** Names in lower case, as on the wire. */
const NAMES: readonly Uint8Array[] = [wireName("resolver.arpa")];

/** Seconds that clients may keep that there are no records (RFC 2308, 5). */
const NEGATIVE_TTL = 10;
const CLASS_IN = 1;
const CLASS_ANY = 255;

/**
 * The offset in `query` of the special name that its question, which ends at `questionEnd`, asks for or for
 * something below; -1 for any other name, and for classes that have other names. Mostly done after one octet.
 */
export function specialNameOffset(query: Uint8Array, questionEnd: number): number {
  for (let index = 0; index < NAMES.length; index++) {
    const offset = suffixOffset(query, questionEnd - 4, NAMES[index]);
    if (offset < 0) continue;
    const number = uint16(query, questionEnd - 2);
    return number === CLASS_IN || number === CLASS_ANY ? offset : -1;
  }
  return -1;
}

/** Where `name` begins in the question's name, which ends at `end`; -1 if that does not end in it. */
function suffixOffset(query: Uint8Array, end: number, name: Uint8Array): number {
  const start = end - name.length;
  if (start < HEADER_LENGTH) return -1;
  // From behind: the last letters tell nearly all names apart.
  for (let at = name.length - 2; at >= 0; at--) {
    if (lowerCase(query[start + at]) !== name[at]) return -1;
  }
  return isLabel(query, start) ? start : -1;
}

/** Whether a label of the question's name begins at `offset`: octets of one may look like several. */
function isLabel(query: Uint8Array, offset: number): boolean {
  let at = HEADER_LENGTH;
  while (at < offset) at += query[at] + 1;
  return at === offset;
}

/**
 * The SOA record of each special name from its type on, which lets clients remember that there are no
 * records; the owner is not part of it.
 */
export const SPECIAL_SOA = soa("localhost", "nobody.invalid");

function soa(primary: string, mailbox: string): Uint8Array {
  const names = [...wireName(primary), ...wireName(mailbox)];
  const [serial, refresh, retry, expire] = [1, 3600, 1200, 604_800];
  const numbers = [serial, refresh, retry, expire, NEGATIVE_TTL].flatMap(fourOctets);
  const rdata = [...names, ...numbers];
  const record = new Uint8Array(10 + rdata.length);
  setUint16(record, 0, RecordType.SOA);
  setUint16(record, 2, CLASS_IN);
  record.set(fourOctets(NEGATIVE_TTL), 4);
  setUint16(record, 8, rdata.length);
  record.set(rdata, 10);
  return record;
}

function fourOctets(value: number): number[] {
  return [value >>> 24, value >>> 16, value >>> 8, value].map((octet) => octet & 0xff);
}

function wireName(name: string): Uint8Array {
  const octets = name.split(".").flatMap((label) => {
    return [label.length, ...new TextEncoder().encode(label)];
  });
  return Uint8Array.from([...octets, 0]);
}
