/**
 * The canonical form of a query, as it travels between listener and upstream: header with RD, AD and
 * CD, one question, and an OPT record without options as the last octets. What else a client's query
 * holds is for this hop only (RFC 6891, 6.2.6) and is left behind.
 */

import { Count, Flag, flags, HEADER_LENGTH, setFlags, setUint16, uint16 } from "./header.ts";
import { MAX_NAME_LENGTH } from "./name.ts";
import { questionType, RecordType } from "./question.ts";
import { growOpt, OPT_LENGTH, OPTION_HEADER_LENGTH, OptionCode, writeOpt } from "./edns.ts";

/** The longest canonical query. */
export const MAX_QUERY_LENGTH = HEADER_LENGTH + MAX_NAME_LENGTH + 4 + OPT_LENGTH;
/** Announced as our payload size on both hops (RFC 9715, R3). */
export const PAYLOAD_SIZE = 1232;
/** Encrypted queries are padded to a multiple of this (RFC 8467, 4.1). */
export const PADDING_BLOCK = 128;

const FORWARDED_FLAGS = Flag.RD | Flag.AD | Flag.CD;

/**
 * Writes the canonical form of `query`, whose question ends at `questionEnd`, to `out`; returns its
 * length. `out` holds `MAX_QUERY_LENGTH` octets.
 */
export function writeCanonicalQuery(
  out: Uint8Array,
  query: Uint8Array,
  questionEnd: number,
  isDnssecOk: boolean,
): number {
  for (let at = HEADER_LENGTH; at < questionEnd; at++) out[at] = query[at];
  setUint16(out, 0, 0);
  setFlags(out, flags(query) & FORWARDED_FLAGS);
  setUint16(out, Count.QUESTION, 1);
  setUint16(out, Count.ANSWER, 0);
  setUint16(out, Count.AUTHORITY, 0);
  setUint16(out, Count.ADDITIONAL, 1);
  return writeOpt(out, questionEnd, PAYLOAD_SIZE, 0, isDnssecOk);
}

/** Whether a query of `length` octets, whose question ends at `questionEnd`, is canonical; else it is opaque. */
export function isCanonical(query: Uint8Array, length: number, questionEnd: number): boolean {
  // A signature without content is as long as an OPT record.
  return length === questionEnd + OPT_LENGTH && uint16(query, Count.ADDITIONAL) === 1 &&
    uint16(query, questionEnd + 1) === RecordType.OPT &&
    questionType(query, questionEnd) !== RecordType.TKEY;
}

/**
 * Adds the keepalive option to a canonical query of `length` octets in `out`, which asks how long the
 * connection may be idle (RFC 7828, 3.2.1); returns the new length. The question ends at `questionEnd`.
 */
export function addKeepalive(out: Uint8Array, questionEnd: number, length: number): number {
  setUint16(out, length, OptionCode.KEEPALIVE);
  setUint16(out, length + 2, 0);
  growOpt(out, questionEnd, OPTION_HEADER_LENGTH);
  return length + OPTION_HEADER_LENGTH;
}

/**
 * Adds the padding option to a canonical query of `length` octets in `out`, behind all other options, so
 * that its length becomes a multiple of `PADDING_BLOCK` (RFC 7830, RFC 8467); returns the new length. The
 * question ends at `questionEnd`.
 */
export function addPadding(out: Uint8Array, questionEnd: number, length: number): number {
  const bare = length + OPTION_HEADER_LENGTH;
  const padded = Math.ceil(bare / PADDING_BLOCK) * PADDING_BLOCK;
  setUint16(out, length, OptionCode.PADDING);
  setUint16(out, length + 2, padded - bare);
  out.fill(0, bare, padded);
  growOpt(out, questionEnd, padded - length);
  return padded;
}
