/**
 * The OPT record of EDNS(0), hop by hop (RFC 6891):
 *
 *     | 0 | type 41 | payload size | extended RCODE | version | DO, flags | RDLENGTH | options ...
 *       0   1         3              5                6         7           9          11
 *
 * and its options: code, length, data (two octets, two octets, data).
 */

import { Rcode, setUint16, uint16 } from "./header.ts";
import { RecordType } from "./question.ts";

/** Octets of an OPT record without options. */
export const OPT_LENGTH = 11;
/** Octets of an option before its data. */
export const OPTION_HEADER_LENGTH = 4;

export const OptionCode = { NSID: 3, KEEPALIVE: 11, PADDING: 12, EXTENDED_ERROR: 15 } as const;

/** Extended error codes in use here (RFC 8914, 4; the IANA registry). */
export const InfoCode = {
  OTHER: 0,
  CACHED_ERROR: 13,
  NOT_READY: 14,
  PROHIBITED: 18,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
  INVALID_DATA: 24,
} as const;

export function optPayloadSize(message: Uint8Array, opt: number): number {
  return uint16(message, opt + 3);
}

export function optExtendedRcode(message: Uint8Array, opt: number): number {
  return message[opt + 5];
}

export function optVersion(message: Uint8Array, opt: number): number {
  return message[opt + 6];
}

export function optIsDnssecOk(message: Uint8Array, opt: number): boolean {
  return (message[opt + 7] & 0x80) !== 0;
}

/** Whether the options fill the RDATA exactly, none running over its end (RFC 6891, 6.1.2). */
export function optIsWellFormed(message: Uint8Array, opt: number, end: number): boolean {
  let at = opt + OPT_LENGTH;
  while (at + OPTION_HEADER_LENGTH <= end) at += OPTION_HEADER_LENGTH + uint16(message, at + 2);
  return at === end;
}

/**
 * The offset of the next option with `code` at or behind `from` in an OPT record that ends at `end`, or
 * -1. Start with `opt + OPT_LENGTH`; go on at the option's end.
 */
export function findOption(message: Uint8Array, from: number, end: number, code: number): number {
  let at = from;
  while (at + OPTION_HEADER_LENGTH <= end) {
    const next = at + OPTION_HEADER_LENGTH + uint16(message, at + 2);
    if (next > end) return -1;
    if (uint16(message, at) === code) return at;
    at = next;
  }
  return -1;
}

/** Writes an OPT record without options at `offset`; returns the offset behind it. */
export function writeOpt(
  out: Uint8Array,
  offset: number,
  payloadSize: number,
  extendedRcode: number,
  isDnssecOk: boolean,
): number {
  out[offset] = 0;
  setUint16(out, offset + 1, RecordType.OPT);
  setUint16(out, offset + 3, payloadSize);
  out[offset + 5] = extendedRcode;
  out[offset + 6] = 0;
  setUint16(out, offset + 7, isDnssecOk ? 0x8000 : 0);
  setUint16(out, offset + 9, 0);
  return offset + OPT_LENGTH;
}

/** A whole option with `data`, a copy of it. */
export function encodeOption(code: number, data: Uint8Array): Uint8Array {
  const option = new Uint8Array(OPTION_HEADER_LENGTH + data.length);
  setUint16(option, 0, code);
  setUint16(option, 2, data.length);
  option.set(data, OPTION_HEADER_LENGTH);
  return option;
}

/** Adds `octets` to the RDLENGTH of the OPT record at `opt`. */
export function growOpt(out: Uint8Array, opt: number, octets: number): void {
  setUint16(out, opt + 9, uint16(out, opt + 9) + octets);
}

/** The whole response code: the header's four bits and, with an OPT record, eight more. */
export function fullRcode(message: Uint8Array, opt: number): number {
  const low = message[3] & 0x0f;
  return opt < 0 ? low : (optExtendedRcode(message, opt) << 4) | low;
}

/** Whether this RCODE can be told only with EDNS. */
export function needsEdns(rcode: number): boolean {
  return rcode >= Rcode.BADVERS;
}
