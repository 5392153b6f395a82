/**
 * What a response says of how long its connection may be idle: the keepalive option (RFC 7828), data two
 * octets, the timeout in units of 100 ms.
 *
 * It is looked for in every response, so its way is the shortest: from record to record, not into any. A
 * response with one answer takes 20 to 40 ns, each further record 5.
 */

import { Count, HEADER_LENGTH, uint16 } from "./header.ts";
import { findOption, OPT_LENGTH, OPTION_HEADER_LENGTH, OptionCode } from "./edns.ts";
import { RecordType } from "./question.ts";
import { RECORD_FIXED_LENGTH } from "./sections.ts";

const UNIT = 100;

/**
 * The milliseconds that a connection may be idle by a response whose question, if there is one, ends at
 * `questionEnd`; -1 if it does not say. 0: it is not to be used any more. A malformed response does not say.
 */
export function keepaliveTimeout(message: Uint8Array, questionEnd: number): number {
  const additionals = uint16(message, Count.ADDITIONAL);
  if (additionals === 0) return -1;
  let left = uint16(message, Count.ANSWER) + uint16(message, Count.AUTHORITY) + additionals;
  let at = uint16(message, Count.QUESTION) === 0 ? HEADER_LENGTH : questionEnd;
  for (; left > 0; left--) {
    const fixed = ownerEnd(message, at);
    const rdata = fixed + RECORD_FIXED_LENGTH;
    if (rdata > message.length) return -1;
    const end = rdata + uint16(message, fixed + 8);
    if (left <= additionals && uint16(message, fixed) === RecordType.OPT) {
      return timeoutIn(message, at, end);
    }
    at = end;
  }
  return -1;
}

/** The offset behind the owner name at `at`: a pointer ends it. What is no name ends somewhere, too. */
function ownerEnd(message: Uint8Array, at: number): number {
  while (at < message.length) {
    const length = message[at];
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += length + 1;
  }
  return at;
}

function timeoutIn(message: Uint8Array, opt: number, end: number): number {
  if (message[opt] !== 0 || end > message.length) return -1;
  const option = findOption(message, opt + OPT_LENGTH, end, OptionCode.KEEPALIVE);
  if (option < 0 || uint16(message, option + 2) !== 2) return -1;
  return UNIT * uint16(message, option + OPTION_HEADER_LENGTH);
}
