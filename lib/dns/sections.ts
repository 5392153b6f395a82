/**
 * Where the sections of a message begin and end, and where its OPT and signature records stand. One
 * object is filled again and again; it keeps offsets only, never the message.
 *
 * A message is walked record by record. In a response the RDATA of every known type is checked (`rdata.ts`),
 * since what is passed on is for clients to read. Of a query only the question matters, and of its RDATA just
 * the names of old types are checked.
 */

import { Count, HEADER_LENGTH, uint16 } from "./header.ts";
import { nameEnd } from "./name.ts";
import { questionEnd, RecordType } from "./question.ts";
import { isRdataSound } from "./rdata.ts";

/** Octets of a record between owner name and RDATA: type, class, TTL, RDLENGTH. */
export const RECORD_FIXED_LENGTH = 10;

/** Types whose names naive programs follow wherever they lead. */
function isNaivelyRead(type: number): boolean {
  switch (type) {
    case RecordType.NS:
    case RecordType.CNAME:
    case RecordType.SOA:
    case RecordType.PTR:
    case RecordType.MX:
    case RecordType.DNAME:
      return true;
  }
  return false;
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
  #isResponse = false;

  /** Reads a message with one question, or with none; false if any record is malformed. */
  read(message: Uint8Array): boolean {
    return this.#read(message, false);
  }

  /** Likewise, and false as well if any RDATA is not as its type has it. */
  readResponse(message: Uint8Array): boolean {
    return this.#read(message, true);
  }

  #read(message: Uint8Array, isResponse: boolean): boolean {
    this.#isResponse = isResponse;
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
      if (end > message.length) return -1;
      if (this.#isResponse || isNaivelyRead(type)) {
        if (!isRdataSound(message, type, uint16(message, at + 2), rdata, end)) return -1;
      }
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
