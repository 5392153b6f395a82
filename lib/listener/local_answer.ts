/** Replies that need no upstream: to what is malformed, unsupported or not allowed. */

import { Rcode } from "../dns/header.ts";
import type { ReplyTo, ReplyWriter } from "../dns/reply.ts";
import { HEADER_LENGTH } from "../dns/header.ts";
import { OPT_LENGTH } from "../dns/edns.ts";
import { type Failure, NOT_SUPPORTED } from "../resolver/failure.ts";
import type { ListenerCounters } from "./listener_counters.ts";
import { SPECIAL_SOA } from "./special_use_names.ts";

const NO_OPTIONS = new Uint8Array(0);

/** Writes the reply with `rcode` as `Admission.read()` gave it; returns its length. */
export function writeLocalAnswer(
  writer: ReplyWriter,
  to: ReplyTo,
  rcode: number,
  counters: ListenerCounters,
): number {
  switch (rcode) {
    case Rcode.REFUSED:
      counters.refused++;
      return writeRefused(writer, to, NOT_SUPPORTED.options);
    case Rcode.NOTIMP:
      counters.unsupported++;
      return writer.writeError(to, rcode, NOT_SUPPORTED.options);
    default:
      counters.malformed++;
      if (rcode === Rcode.BADVERS) counters.badVersions++;
      return writer.writeError(to, rcode, NO_OPTIONS);
  }
}

/** Writes that a name of special use has no records (`Admission.read()`: `NO_DATA`); returns the length. */
export function writeSpecialAnswer(
  writer: ReplyWriter,
  to: ReplyTo,
  specialName: number,
  counters: ListenerCounters,
): number {
  counters.special++;
  return writer.writeNoData(to, specialName, SPECIAL_SOA);
}

/** Why it has that RCODE, where that does not say so itself. */
export function localFailure(rcode: number): Failure | undefined {
  return rcode === Rcode.REFUSED || rcode === Rcode.NOTIMP ? NOT_SUPPORTED : undefined;
}

/**
 * Writes REFUSED with an extended error. Where the reply may not be longer than the query (RFC 5358), the
 * question gives way to the reason.
 */
export function writeRefused(writer: ReplyWriter, to: ReplyTo, options: Uint8Array): number {
  const { questionEnd } = to;
  if (to.hasOpt && questionEnd + OPT_LENGTH + options.length > to.limit) {
    to.questionEnd = HEADER_LENGTH;
  }
  const length = writer.writeError(to, Rcode.REFUSED, options);
  to.questionEnd = questionEnd;
  return length;
}
