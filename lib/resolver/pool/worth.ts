/**
 * What a response of one upstream is worth to a pool. Everything but a whole answer deserves a second opinion,
 * and the best of what was heard is passed on where no other upstream knows better.
 */

import { fullRcode } from "../../dns/edns.ts";
import { Count, Flag, flags, isTruncated, Rcode, uint16 } from "../../dns/header.ts";
import { RecordType } from "../../dns/question.ts";
import { clientRcode } from "../../dns/reply.ts";
import { hasAuthorityOf, Sections } from "../../dns/sections.ts";

/** From nothing at all to what is passed on at once. */
export const Worth = {
  /** Cannot be read. */
  NONE: 0,
  /** A referral, or less: the server does not recurse. */
  LAME: 1,
  /** SERVFAIL or REFUSED to the client, and remembered (RFC 9520, 2). */
  FAILED: 2,
  /** Any other error: a verdict on the question, such as NOTIMP. */
  VERDICT: 3,
  /** An answer with TC, although it came over a stream. */
  TRUNCATED: 4,
  WHOLE: 5,
} as const;

const sections = new Sections();

/** What `response` is worth to one who asked the canonical `query`. */
export function worthOf(query: Uint8Array, response: Uint8Array): number {
  if (!sections.readResponse(response) || sections.hasMisplacedOpt || sections.optCount > 1) {
    return Worth.NONE;
  }
  const rcode = fullRcode(response, sections.opt);
  switch (rcode) {
    case Rcode.NOERROR:
    case Rcode.NXDOMAIN:
    // A name that became too long by DNAME (RFC 6672, 2.2): no other resolver makes it shorter.
    case Rcode.YXDOMAIN:
      if (isTruncated(response)) return Worth.TRUNCATED;
      return rcode === Rcode.NOERROR && isLame(query, response) ? Worth.LAME : Worth.WHOLE;
  }
  const told = clientRcode(rcode, true);
  return told === Rcode.SERVFAIL || told === Rcode.REFUSED ? Worth.FAILED : Worth.VERDICT;
}

/** Whether recursion was asked for, is not available, and nothing was found without it. */
function isLame(query: Uint8Array, response: Uint8Array): boolean {
  if (uint16(response, Count.ANSWER) !== 0 || (flags(response) & (Flag.RA | Flag.AA)) !== 0) {
    return false;
  }
  return (flags(query) & Flag.RD) !== 0 && !hasAuthorityOf(response, sections, RecordType.SOA);
}
