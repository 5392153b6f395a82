/**
 * Makes the reply to one client out of the response of an upstream or of a failure: the client's ID,
 * flags and spelling of the name, EDNS for this hop, and no more octets than the client takes.
 *
 * The order of sacrifice when space is short (RFC 2181, 9; RFC 8914, 3): extended errors, additional
 * records (no TC), then with TC authority and answers. A client with EDNS gets TC and no records; one
 * without gets the whole answer records that fit, since some of these know no TCP.
 */

import {
  Count,
  Flag,
  flags,
  HEADER_LENGTH,
  headerRcode,
  MAX_MESSAGE_LENGTH,
  Rcode,
  setFlags,
  setMessageId,
  setUint16,
  uint16,
} from "./header.ts";
import { fullRcode, growOpt, needsEdns, OPT_LENGTH, OptionCode, writeOpt } from "./edns.ts";
import { copyExtendedErrors } from "./extended_errors.ts";
import { PAYLOAD_SIZE } from "./query.ts";
import { removeRecord } from "./remove_record.ts";
import { recordEnd, Sections } from "./sections.ts";

/** What the reply depends on besides the response. Filled per reply, kept by nobody. */
export class ReplyTo {
  id = 0;
  /** The flags of the client's query. */
  flags = 0;
  /** The client's query or a copy: header, then the question up to `questionEnd`; the rest does not matter. */
  query: Uint8Array = new Uint8Array(0);
  /** `HEADER_LENGTH` if the question is not to be repeated. */
  questionEnd = HEADER_LENGTH;
  hasOpt = false;
  isDnssecOk = false;
  /** A signed exchange: the response goes back as it is. */
  isOpaque = false;
  /** The most octets that the reply may have. */
  limit = 0;
  /** Announced with the keepalive option, in units of 100 ms (RFC 7828); -1: option not sent. */
  keepalive = -1;
  /** Whether the client asks which instance answers (RFC 5001). */
  asksNsid = false;
}

const NO_OPTIONS = new Uint8Array(0);
/** The most octets of extended errors in a reply: more are no help to anybody. */
const MAX_EXTENDED_ERRORS = 1024;
/** AD means something to a client that set AD or DO (RFC 6840, 5.7); Z is always cleared. */
const COPIED_FLAGS = Flag.AA | Flag.TC | Flag.RA | Flag.AD | Flag.CD | 0x000f;

export class ReplyWriter {
  readonly #sections = new Sections();
  readonly #out: Uint8Array;
  /** The whole RCODE of the reply written last. */
  rcode = 0;
  /** The whole option that names this instance, for those who ask; empty: there is none. Borrowed. */
  nsid: Uint8Array = NO_OPTIONS;

  /** `out` is where replies are written: `MAX_MESSAGE_LENGTH` octets and room for our OPT. */
  constructor(out: Uint8Array) {
    this.#out = out;
  }

  /** Writes the reply to `out`; returns its length, or -1 if `response` is malformed. */
  writeResponse(to: ReplyTo, response: Uint8Array): number {
    if (to.isOpaque) return this.#writeOpaque(to, response);
    const sections = this.#sections;
    if (!sections.readResponse(response) || sections.hasMisplacedOpt || sections.optCount > 1) {
      return -1;
    }
    const rcode = fullRcode(response, sections.opt);
    const out = this.#out;
    out.set(response.length > sections.end ? response.subarray(0, sections.end) : response);
    let end = sections.end;
    if (sections.opt >= 0) {
      if (!removeRecord(out, end, sections, sections.opt, sections.optEnd)) return -1;
      end -= sections.optEnd - sections.opt;
    }
    if (sections.questionEnd === HEADER_LENGTH && to.questionEnd > HEADER_LENGTH) {
      // An error without a question (RFC 1035 allows it): nothing else in it is worth keeping.
      return this.writeError(to, clientRcode(rcode, to.hasOpt), NO_OPTIONS);
    }
    copyQuestion(out, to);
    const told = this.rcode = clientRcode(rcode, to.hasOpt);
    setMessageId(out, to.id);
    setFlags(out, (replyFlags(to, flags(response)) & 0xfff0) | (told & 0x0f));
    return this.#fit(to, response, end, told >>> 4);
  }

  /**
   * Writes a reply without records: `rcode`, the question, and with EDNS the `options` (whole encoded
   * extended errors, as many as fit); returns its length.
   */
  writeError(to: ReplyTo, rcode: number, options: Uint8Array): number {
    const out = this.#out;
    this.rcode = rcode;
    copyQuestion(out, to);
    setMessageId(out, to.id);
    const copied = to.flags & (Flag.RD | Flag.CD | 0x7800);
    setFlags(out, Flag.QR | Flag.RA | copied | (rcode & 0x0f));
    setUint16(out, Count.QUESTION, to.questionEnd > HEADER_LENGTH ? 1 : 0);
    this.#clearCounts();
    if (!to.hasOpt) return to.questionEnd;
    setUint16(out, Count.ADDITIONAL, 1);
    const opt = to.questionEnd;
    let end = this.#writeOpt(to, opt, rcode >>> 4);
    if (options.length > 0) {
      const start = end;
      end = copyExtendedErrors(options, 0, options.length, out, start, to.limit);
      growOpt(out, opt, end - start);
    }
    return end;
  }

  /**
   * Writes NOERROR without an answer, of our own authority (RFC 2308, 2.2); returns its length. `soa` is the
   * record of the zone behind its owner, which begins at `owner` in the question. It fits any client.
   */
  writeNoData(to: ReplyTo, owner: number, soa: Uint8Array): number {
    const out = this.#out;
    this.writeError(to, Rcode.NOERROR, NO_OPTIONS);
    out[2] |= Flag.AA >>> 8;
    setUint16(out, Count.AUTHORITY, 1);
    setUint16(out, to.questionEnd, 0xc000 | owner);
    out.set(soa, to.questionEnd + 2);
    const end = to.questionEnd + 2 + soa.length;
    return to.hasOpt ? this.#writeOpt(to, end, 0) : end;
  }

  /** Writes a reply with TC and no records, so that the client asks again over TCP. */
  writeTruncated(to: ReplyTo): number {
    const end = this.writeError(to, Rcode.NOERROR, NO_OPTIONS);
    this.#out[2] |= Flag.TC >>> 8;
    return end;
  }

  #writeOpaque(to: ReplyTo, response: Uint8Array): number {
    if (response.length > to.limit) return this.writeTruncated(to);
    this.#out.set(response);
    setMessageId(this.#out, to.id);
    this.rcode = headerRcode(response);
    return response.length;
  }

  /** Adds our OPT record to the `end` octets in `out`, and leaves out what the client cannot take. */
  #fit(to: ReplyTo, response: Uint8Array, end: number, extendedRcode: number): number {
    const sections = this.#sections;
    let optLength = to.hasOpt ? OPT_LENGTH + (to.keepalive >= 0 ? 6 : 0) : 0;
    // A stream has no larger message to offer: there the records matter more than our OPT, and that more
    // than what it may say.
    if (end + optLength > MAX_MESSAGE_LENGTH && to.limit === MAX_MESSAGE_LENGTH) {
      if (end + OPT_LENGTH > MAX_MESSAGE_LENGTH) return end;
      to.keepalive = -1;
      optLength = OPT_LENGTH;
    }
    if (end + optLength > to.limit) {
      end = this.#dropRecords(to, optLength);
    }
    if (!to.hasOpt) return end;
    const out = this.#out;
    setUint16(out, Count.ADDITIONAL, uint16(out, Count.ADDITIONAL) + 1);
    const opt = end;
    end = this.#writeOpt(to, opt, extendedRcode);
    if (sections.opt >= 0) end = this.#copyExtendedErrors(to, response, opt, end);
    return to.asksNsid ? this.#writeNsid(to, opt, end) : end;
  }

  /** Not in errors, and only where there is room left. */
  #writeNsid(to: ReplyTo, opt: number, end: number): number {
    const { nsid, rcode } = this;
    if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return end;
    if (end + nsid.length > to.limit) return end;
    this.#out.set(nsid, end);
    growOpt(this.#out, opt, nsid.length);
    return end + nsid.length;
  }

  #dropRecords(to: ReplyTo, optLength: number): number {
    const out = this.#out;
    const sections = this.#sections;
    setUint16(out, Count.ADDITIONAL, 0);
    if (sections.authorityEnd + optLength <= to.limit) return sections.authorityEnd;
    setUint16(out, Count.AUTHORITY, 0);
    out[2] |= Flag.TC >>> 8;
    const answers = uint16(out, Count.ANSWER);
    setUint16(out, Count.ANSWER, 0);
    if (to.hasOpt) return sections.questionEnd;
    return this.#keepAnswers(answers, to.limit);
  }

  /** Keeps as many whole answer records as fit into `limit` octets. */
  #keepAnswers(answers: number, limit: number): number {
    const out = this.#out;
    let end = this.#sections.questionEnd;
    for (let kept = 0; kept < answers; kept++) {
      const next = recordEnd(out, end);
      if (next > limit) break;
      end = next;
      setUint16(out, Count.ANSWER, kept + 1);
    }
    return end;
  }

  #writeOpt(to: ReplyTo, opt: number, extendedRcode: number): number {
    const out = this.#out;
    const end = writeOpt(out, opt, PAYLOAD_SIZE, extendedRcode, to.isDnssecOk);
    if (to.keepalive < 0) return end;
    setUint16(out, end, OptionCode.KEEPALIVE);
    setUint16(out, end + 2, 2);
    setUint16(out, end + 4, to.keepalive);
    growOpt(out, opt, 6);
    return end + 6;
  }

  /** Passes on the extended errors of the upstream (RFC 8914, 3), as many as fit. */
  #copyExtendedErrors(to: ReplyTo, response: Uint8Array, opt: number, end: number): number {
    const { opt: theirs, optEnd } = this.#sections;
    const limit = Math.min(to.limit, end + MAX_EXTENDED_ERRORS);
    const from = theirs + OPT_LENGTH;
    const copied = copyExtendedErrors(response, from, optEnd, this.#out, end, limit);
    growOpt(this.#out, opt, copied - end);
    return copied;
  }

  #clearCounts(): void {
    setUint16(this.#out, Count.ANSWER, 0);
    setUint16(this.#out, Count.AUTHORITY, 0);
    setUint16(this.#out, Count.ADDITIONAL, 0);
  }
}

/** The client's own spelling of the question; it has as many octets as the response's. */
function copyQuestion(out: Uint8Array, to: ReplyTo): void {
  for (let at = HEADER_LENGTH; at < to.questionEnd; at++) out[at] = to.query[at];
}

/** QR set; AA, TC, RA, AD and CD of the response; RD of the query; AD only for who asked for it. */
function replyFlags(to: ReplyTo, response: number): number {
  const wantsAd = to.isDnssecOk || (to.flags & Flag.AD) !== 0;
  const copied = response & (wantsAd ? COPIED_FLAGS : COPIED_FLAGS & ~Flag.AD);
  return Flag.QR | Flag.RA | (to.flags & (Flag.RD | Flag.CD)) | (copied & ~Flag.CD);
}

/**
 * FORMERR, BADVERS and BADCOOKIE of the upstream are about our hop, not about the client's query, and clients
 * give up on FORMERR: they become SERVFAIL, as does what cannot be told without EDNS. All others are the
 * upstream's verdict on the question, NOTIMP among them (RFC 8482 is why ANY gets that).
 */
export function clientRcode(rcode: number, hasOpt: boolean): number {
  switch (rcode) {
    case Rcode.FORMERR:
    case Rcode.BADVERS:
    case Rcode.BADCOOKIE:
      return Rcode.SERVFAIL;
  }
  return needsEdns(rcode) && !hasOpt ? Rcode.SERVFAIL : rcode;
}
