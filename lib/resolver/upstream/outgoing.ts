/** Writes a pending query as it goes on the wire of an upstream: its message ID and EDNS for this hop. */

import { Count, setMessageId, setUint16 } from "../../dns/header.ts";
import { OPT_LENGTH } from "../../dns/edns.ts";
import { addKeepalive, addPadding, isCanonical, PADDING_BLOCK } from "../../dns/query.ts";
import { MAX_MESSAGE_LENGTH } from "../../dns/header.ts";
import { Mark } from "./pending_table.ts";

/** The most octets that `writeOutgoing()` adds to a query. */
export const OUTGOING_MARGIN = 2 * PADDING_BLOCK;

/**
 * Writes the `length` octets of `query`, whose question ends at `questionEnd`, to `out` with a message ID;
 * returns how many octets it has there. Opaque queries change in nothing else. All others ask how long the
 * connection may be idle, unless marked otherwise, since the upstream may change that at any time (RFC 7828, 3.2.1).
 * Padding is for encrypted hops only (RFC 7830, 6), and comes last (RFC 8467, 4.1).
 */
export function writeOutgoing(
  out: Uint8Array,
  query: Uint8Array,
  length: number,
  questionEnd: number,
  id: number,
  marks: number,
  isEncrypted: boolean,
): number {
  for (let at = 0; at < length; at++) out[at] = query[at];
  setMessageId(out, id);
  if (!isCanonical(query, length, questionEnd)) return length;
  if (marks & Mark.WITHOUT_EDNS) {
    setUint16(out, Count.ADDITIONAL, 0);
    return length - OPT_LENGTH;
  }
  if (marks & Mark.LARGE) setUint16(out, questionEnd + 3, MAX_MESSAGE_LENGTH);
  if (marks & Mark.WITHOUT_OPTIONS) return length;
  const end = addKeepalive(out, questionEnd, length);
  return isEncrypted ? addPadding(out, questionEnd, end) : end;
}
