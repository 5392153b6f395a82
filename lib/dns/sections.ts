/**
 * Where the sections of a message begin and end, and where its OPT and signature records stand. One
 * object is filled again and again; it keeps offsets only, never the message.
 *
 * A message is walked record by record; RDATA is not parsed, except that the names in it which may be
 * compressed (RFC 3597, 4) are checked, since a pointer that leads nowhere crashes naive clients.
 */

import { Count, HEADER_LENGTH, uint16 } from "./header.ts";
import { nameEnd } from "./name.ts";
import { questionEnd, RecordType } from "./question.ts";

/** Octets of a record between owner name and RDATA: type, class, TTL, RDLENGTH. */
export const RECORD_FIXED_LENGTH = 10;

/** Octets before the name in the RDATA of types whose names may be compressed. */
const NAMES_AT: Readonly<Record<number, number>> = {
  [RecordType.NS]: 0,
  [RecordType.CNAME]: 0,
  [RecordType.PTR]: 0,
  [RecordType.DNAME]: 0,
  [RecordType.SOA]: 0,
  [RecordType.MX]: 2,
};

/** The offset in the RDATA of the first name that may be compressed, or -1 for a type without. */
export function rdataNameOffset(type: number): number {
  return type <= RecordType.DNAME ? NAMES_AT[type] ?? -1 : -1;
}

/** How many names follow each other at `rdataNameOffset()`. */
export function rdataNameCount(type: number): number {
  return type === RecordType.SOA ? 2 : 1;
}

function hasSoundNames(message: Uint8Array, type: number, rdata: number, end: number): boolean {
  const first = rdataNameOffset(type);
  if (first < 0) return true;
  let at = rdata + first;
  for (let count = rdataNameCount(type); count > 0; count--) {
    at = nameEnd(message, at);
    if (at < 0 || at > end) return false;
  }
  return true;
}

export class Sections {
  /** Offsets behind the question, answer, authority and additional section. */
  questionEnd = 0;
  answerEnd = 0;
  authorityEnd = 0;
  end = 0;
  /** Start of the OPT record and the offset behind it; -1 without one. */
  opt = -1;
  optEnd = -1;
  /** How many OPT records there are, and whether one stands where none may (RFC 6891, 6.1.1). */
  optCount = 0;
  hasMisplacedOpt = false;
  /** Whether the last record is TSIG (RFC 8945) or SIG(0) (RFC 2931). */
  isSigned = false;

  /** Reads a message with one question, or with none; false if any record is malformed. */
  read(message: Uint8Array): boolean {
    this.opt = this.optEnd = -1;
    this.optCount = 0;
    this.hasMisplacedOpt = this.isSigned = false;
    const questions = uint16(message, Count.QUESTION);
    if (questions > 1) return false;
    this.questionEnd = questions === 0 ? HEADER_LENGTH : questionEnd(message);
    if (this.questionEnd < 0) return false;
    this.answerEnd = this.#walk(message, this.questionEnd, uint16(message, Count.ANSWER), false);
    if (this.answerEnd < 0) return false;
    const authorities = uint16(message, Count.AUTHORITY);
    this.authorityEnd = this.#walk(message, this.answerEnd, authorities, false);
    if (this.authorityEnd < 0) return false;
    const additionals = uint16(message, Count.ADDITIONAL);
    this.end = this.#walk(message, this.authorityEnd, additionals, true);
    return this.end >= 0;
  }

  #walk(message: Uint8Array, start: number, count: number, isAdditional: boolean): number {
    let at = start;
    for (; count > 0; count--) {
      const owner = at;
      at = nameEnd(message, at);
      if (at < 0 || at + RECORD_FIXED_LENGTH > message.length) return -1;
      const type = uint16(message, at);
      const rdata = at + RECORD_FIXED_LENGTH;
      const end = rdata + uint16(message, at + 8);
      if (end > message.length || !hasSoundNames(message, type, rdata, end)) return -1;
      if (type === RecordType.OPT) this.#noteOpt(message, owner, end, isAdditional);
      else if (count === 1 && isAdditional) this.isSigned = isSignature(message, type, rdata, end);
      at = end;
    }
    return at;
  }

  #noteOpt(message: Uint8Array, owner: number, end: number, isAdditional: boolean): void {
    this.optCount++;
    if (!isAdditional || message[owner] !== 0) {
      this.hasMisplacedOpt = true;
    } else if (this.opt < 0) {
      this.opt = owner;
      this.optEnd = end;
    }
  }
}

/** TSIG, or a SIG that covers no type: SIG(0). */
function isSignature(message: Uint8Array, type: number, rdata: number, end: number): boolean {
  if (type === RecordType.TSIG) return true;
  return type === RecordType.SIG && end - rdata >= 2 && uint16(message, rdata) === 0;
}

/** The offset behind the record at `offset`. The record is well formed. */
export function recordEnd(message: Uint8Array, offset: number): number {
  const fixed = nameEnd(message, offset);
  return fixed + RECORD_FIXED_LENGTH + uint16(message, fixed + 8);
}

/** Whether the authority section has a record of `type`; `sections` has read `message`. */
export function hasAuthorityOf(message: Uint8Array, sections: Sections, type: number): boolean {
  for (let at = sections.answerEnd; at < sections.authorityEnd; at = recordEnd(message, at)) {
    if (uint16(message, nameEnd(message, at)) === type) return true;
  }
  return false;
}
