/** Responses that say that the upstream could not resolve the question, or would not (RFC 9520, 2). */

import { fullRcode, OPT_LENGTH } from "../dns/edns.ts";
import { copyExtendedErrors } from "../dns/extended_errors.ts";
import { headerRcode, Rcode } from "../dns/header.ts";
import { clientRcode } from "../dns/reply.ts";
import { Sections } from "../dns/sections.ts";
import type { Failure } from "./failure.ts";

/** The most octets of extended errors that are remembered. */
const MAX_OPTIONS = 512;

const sections = new Sections();

/** Whether a response may be one, which most are not. */
export function mayBeFailure(response: Uint8Array): boolean {
  switch (headerRcode(response)) {
    case Rcode.FORMERR:
    case Rcode.SERVFAIL:
    case Rcode.REFUSED:
      return true;
  }
  return false;
}

/** Whether no client can be given the response: a record is malformed, or its OPT records do not add up (RFC 6891, 6.1.1). */
export function isMalformed(response: Uint8Array): boolean {
  return !sections.readResponse(response) || sections.hasMisplacedOpt || sections.optCount > 1;
}

/** The failure that `response` tells, with a copy of its extended errors; undefined if it tells none. */
export function failureOf(response: Uint8Array): Failure | undefined {
  if (!sections.readResponse(response)) return undefined;
  const rcode = clientRcode(fullRcode(response, sections.opt), true);
  if (rcode !== Rcode.SERVFAIL && rcode !== Rcode.REFUSED) return undefined;
  const options = sections.opt < 0 ? new Uint8Array(0) : extendedErrors(response);
  return { rcode, options, isOverload: false, remember: "longer" };
}

function extendedErrors(response: Uint8Array): Uint8Array {
  const out = new Uint8Array(MAX_OPTIONS);
  const from = sections.opt + OPT_LENGTH;
  return out.slice(0, copyExtendedErrors(response, from, sections.optEnd, out, 0, MAX_OPTIONS));
}
