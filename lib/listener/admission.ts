/**
 * Looks at what a client sent and says what is to become of it, cheapest checks first. What is not
 * forwarded is answered here and now, or dropped.
 */

import type { Prefixes } from "../base/prefixes.ts";
import { Count, HEADER_LENGTH, isResponse, Opcode, opcode, Rcode, uint16 } from "../dns/header.ts";
import {
  findOption,
  OPT_LENGTH,
  OptionCode,
  optIsDnssecOk,
  optIsWellFormed,
  optPayloadSize,
  optVersion,
} from "../dns/edns.ts";
import { writeCanonicalQuery } from "../dns/query.ts";
import { questionEnd, questionType, RecordType } from "../dns/question.ts";
import { Sections } from "../dns/sections.ts";
import type { Notices } from "./notices.ts";
import { specialNameOffset } from "./special_use_names.ts";

/** What becomes of a message; the numbers from 0 on are RCODEs to answer with. */
export const OWN_NAME = -4;
export const NO_DATA = -3;
export const DROP = -2;
export const FORWARD = -1;

/** The payload size of a client without EDNS (RFC 1035, 2.3.4); smaller ones count as this. */
export const MIN_PAYLOAD_SIZE = 512;

export class Admission {
  /** The offset behind the question, or `HEADER_LENGTH` if the reply is to repeat none. */
  questionEnd = HEADER_LENGTH;
  /** Whether the reply carries an OPT record. */
  hasOpt = false;
  isDnssecOk = false;
  /** The client's payload size, at least `MIN_PAYLOAD_SIZE`. */
  payloadSize = MIN_PAYLOAD_SIZE;
  /** Whether the query has to go on as it is (RFC 5625, 4.5): signed, or of type TKEY. */
  isOpaque = false;
  /** Whether the client asks how long it may keep its connection (RFC 7828). */
  asksKeepalive = false;
  /** With `NO_DATA`: where in the message the special name begins that the question is for, or above it. */
  specialName = -1;
  /** Whether the client asks which instance answers (RFC 5001). */
  asksNsid = false;
  readonly #sections = new Sections();
  readonly #notices: Pick<Notices, "isOwn">;

  /** `notices` knows by which names the program tells of itself; by none without them. Kept. */
  constructor(notices: Pick<Notices, "isOwn"> = { isOwn: () => false }) {
    this.#notices = notices;
  }

  /**
   * What becomes of `message`: `DROP`, `FORWARD`, `NO_DATA` (a reply without records), `OWN_NAME` (the program
   * tells of itself), or an RCODE. Options of streams count on a stream.
   */
  read(message: Uint8Array, isStream: boolean): number {
    this.questionEnd = HEADER_LENGTH;
    this.hasOpt =
      this.isDnssecOk =
      this.isOpaque =
      this.asksKeepalive =
      this.asksNsid =
        false;
    this.payloadSize = MIN_PAYLOAD_SIZE;
    if (message.length < HEADER_LENGTH || isResponse(message)) return DROP;
    if (opcode(message) !== Opcode.QUERY) return this.#refuseOpcode(message);
    const sections = this.#sections;
    const isSound = sections.read(message);
    if (isSound && sections.opt >= 0) this.#readOpt(message);
    if (uint16(message, Count.QUESTION) !== 1 || !isSound) return Rcode.FORMERR;
    this.questionEnd = sections.questionEnd;
    if (sections.optCount > 0 && !this.#isOptSound(message, isStream)) return Rcode.FORMERR;
    const type = questionType(message, sections.questionEnd);
    if (type === RecordType.OPT || type === RecordType.TSIG) return Rcode.FORMERR;
    if (sections.opt >= 0 && optVersion(message, sections.opt) !== 0) return Rcode.BADVERS;
    if (type === RecordType.AXFR || type === RecordType.IXFR) return Rcode.REFUSED;
    // Signed or not: who signs it asks the upstream by way of us, and must not be led past us either.
    this.specialName = specialNameOffset(message, sections.questionEnd);
    if (this.specialName >= 0) return NO_DATA;
    if (this.#notices.isOwn(message, sections.questionEnd)) return OWN_NAME;
    this.isOpaque = sections.isSigned || type === RecordType.TKEY;
    return FORWARD;
  }

  /** What of an admitted `message` goes on: a view of it if opaque, else its canonical form in `out`. */
  outgoing(message: Uint8Array, out: Prefixes): Uint8Array {
    if (this.isOpaque) return message;
    return out.of(
      writeCanonicalQuery(out.octets, message, this.questionEnd, this.isDnssecOk),
    );
  }

  #readOpt(message: Uint8Array): void {
    const opt = this.#sections.opt;
    this.hasOpt = true;
    this.isDnssecOk = optIsDnssecOk(message, opt);
    this.payloadSize = Math.max(MIN_PAYLOAD_SIZE, optPayloadSize(message, opt));
  }

  #isOptSound(message: Uint8Array, isStream: boolean): boolean {
    const { opt, optEnd, optCount, hasMisplacedOpt } = this.#sections;
    if (optCount !== 1 || hasMisplacedOpt) return false;
    if (optEnd - opt === OPT_LENGTH) return true;
    if (!optIsWellFormed(message, opt, optEnd)) return false;
    this.asksNsid = findOption(message, opt + OPT_LENGTH, optEnd, OptionCode.NSID) >= 0;
    if (!isStream) return true;
    const keepalive = findOption(message, opt + OPT_LENGTH, optEnd, OptionCode.KEEPALIVE);
    this.asksKeepalive = keepalive >= 0;
    // RFC 7828, 3.2.1: a client sends the option without a value.
    return keepalive < 0 || uint16(message, keepalive + 2) === 0;
  }

  /** NOTIMP with the question if there is one that can be read (RFC 8906, 3.1.4). */
  #refuseOpcode(message: Uint8Array): number {
    const sections = this.#sections;
    if (sections.read(message) && sections.optCount === 1 && !sections.hasMisplacedOpt) {
      this.#readOpt(message);
    }
    if (uint16(message, Count.QUESTION) === 1) {
      this.questionEnd = Math.max(HEADER_LENGTH, questionEnd(message));
    }
    return Rcode.NOTIMP;
  }
}
