/** What a message on a connection is to the query that is in flight under its ID. */

import {
  Count,
  headerRcode,
  isResponse,
  isTruncated,
  Opcode,
  opcode,
  Rcode,
  uint16,
} from "../../dns/header.ts";
import { fullRcode } from "../../dns/edns.ts";
import { sameQuestion } from "../../dns/question.ts";
import { Sections } from "../../dns/sections.ts";
import { Mark } from "./pending_table.ts";

/**
 * Whether `message` answers the query: a response, to the same question (RFC 5452, 9.1; RFC 7766, 7). An
 * error may leave the question out, as servers do that could not read it.
 */
export function answers(query: Uint8Array, questionEnd: number, message: Uint8Array): boolean {
  if (!isResponse(message) || opcode(message) !== Opcode.QUERY) return false;
  const questions = uint16(message, Count.QUESTION);
  if (questions === 1) return sameQuestion(query, questionEnd, message);
  return questions === 0 && isBareError(message);
}

const sections = new Sections();
/** With an empty OPT record, and without. */
const MAX_TRIES = 2;
/** RCODEs that a server may answer without having understood the question. */
const BARE_ERRORS: readonly number[] = [Rcode.FORMERR, Rcode.SERVFAIL, Rcode.NOTIMP, Rcode.REFUSED];

function isBareError(message: Uint8Array): boolean {
  return BARE_ERRORS.includes(headerRcode(message)) && uint16(message, Count.ANSWER) === 0;
}

/**
 * The mark with which to ask once more, or 0 if the response is to be taken as it is: without EDNS options, then
 * without EDNS, if the server refuses them (RFC 6891, 6.2.2 and 7), for more octets if it truncates on a stream.
 * NOTIMP with an OPT record is about the question: that server knows EDNS. SERVFAIL is so but for a server that
 * has yet to show that it knows EDNS (RFC 2671, 5.3). `left`: how often the query may still be sent. Most
 * responses are through after two comparisons.
 */
export function secondTry(
  response: Uint8Array,
  marks: number,
  left = MAX_TRIES,
  isProven = true,
): number {
  const rcode = headerRcode(response);
  if (isTruncated(response) && !(marks & Mark.LARGE)) return Mark.LARGE;
  if (marks & Mark.WITHOUT_EDNS) return 0;
  switch (rcode) {
    case Rcode.NOERROR: {
      const mayBeBad = uint16(response, Count.ANSWER) === 0;
      return mayBeBad && isBadVersion(response) ? Mark.WITHOUT_EDNS : 0;
    }
    case Rcode.FORMERR:
      return marks & Mark.WITHOUT_OPTIONS || left < MAX_TRIES
        ? Mark.WITHOUT_EDNS
        : Mark.WITHOUT_OPTIONS;
    case Rcode.NOTIMP:
      return hasOpt(response) ? 0 : Mark.WITHOUT_EDNS;
    case Rcode.SERVFAIL: {
      const isPlain = isProven || marks & Mark.WITHOUT_OPTIONS || hasOpt(response);
      return isPlain ? 0 : Mark.WITHOUT_EDNS;
    }
  }
  return 0;
}

function hasOpt(response: Uint8Array): boolean {
  return sections.read(response) && sections.opt >= 0;
}

/** The four low bits of BADVERS are those of NOERROR; the rest stands in the OPT record. */
function isBadVersion(response: Uint8Array): boolean {
  return sections.read(response) && fullRcode(response, sections.opt) === Rcode.BADVERS;
}
