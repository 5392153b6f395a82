/** Why a query gets no response: the RCODE and the extended errors (RFC 8914) that its client is told. */

import { InfoCode, OptionCode } from "../dns/edns.ts";
import { Rcode, setUint16 } from "../dns/header.ts";
import type { Origin } from "./origin.ts";

/**
 * How long a question is held to fail (RFC 9520): not at all where nothing was sent; until the upstream
 * answers anything, where a connection may be at fault; longer each time, where the question is.
 */
export type Remember = "never" | "briefly" | "longer";

export interface Failure {
  readonly rcode: number;
  /** The extended errors as encoded EDNS options, in one piece; may be empty. */
  readonly options: Uint8Array;
  /** The program itself is full: beyond loopback only so many datagrams are answered, others dropped. */
  readonly isOverload: boolean;
  readonly remember: Remember;
  /** Of one that is remembered: where it came from. */
  readonly from?: Origin;
}

export interface ExtendedError {
  readonly code: number;
  readonly text?: string;
}

/** The longest text of an extended error, in octets of UTF-8. */
export const MAX_EXTRA_TEXT = 64;

/** Made when a state changes, never per query. */
export function failure(
  rcode: number,
  errors: readonly ExtendedError[],
  remember: Remember = "never",
): Failure {
  const options = concatenated(errors.map(encodeExtendedError));
  return { rcode, options, isOverload: false, remember };
}

/** What those are told who ask again: the same, and that it comes from memory (RFC 8914, 4.14). */
export function fromCache(original: Failure, from?: Origin): Failure {
  if (original.rcode !== Rcode.SERVFAIL) return { ...original, from };
  return { ...original, from, options: concatenated([CACHED_ERROR, original.options]) };
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of parts) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}

function encodeExtendedError({ code, text = "" }: ExtendedError): Uint8Array {
  const room = new Uint8Array(MAX_EXTRA_TEXT);
  const { written } = new TextEncoder().encodeInto(text, room);
  const option = new Uint8Array(6 + written);
  setUint16(option, 0, OptionCode.EXTENDED_ERROR);
  setUint16(option, 2, 2 + written);
  setUint16(option, 4, code);
  option.set(room.subarray(0, written), 6);
  return option;
}

const CACHED_ERROR = encodeExtendedError({ code: InfoCode.CACHED_ERROR });
/** No free slot for the query. */
export const OVERLOAD: Failure = {
  ...failure(Rcode.SERVFAIL, [{ code: InfoCode.NETWORK_ERROR, text: "forwarder overloaded" }]),
  isOverload: true,
};
/** The client's network had its share of responses over UDP. */
export const LIMITED: Failure = failure(Rcode.NOERROR, [
  { code: InfoCode.OTHER, text: "too many responses a second: sent to TCP" },
]);
/** The client has closed its connection. */
export const CLIENT_GONE: Failure = failure(Rcode.SERVFAIL, [
  { code: InfoCode.OTHER, text: "the client has closed its connection" },
]);
/** The response of the upstream cannot be read. */
export const INVALID_DATA: Failure = failure(Rcode.SERVFAIL, [{ code: InfoCode.INVALID_DATA }]);
/** Zone transfers, operations other than QUERY. */
export const NOT_SUPPORTED: Failure = failure(Rcode.REFUSED, [{ code: InfoCode.NOT_SUPPORTED }]);
/** The client's address is not allowed. */
export const PROHIBITED: Failure = failure(Rcode.REFUSED, [{ code: InfoCode.PROHIBITED }]);
/** As many clients as may be are kept apart, and all of them wait for something. */
export const ALL_BUSY: Failure = failure(Rcode.SERVFAIL, [
  { code: InfoCode.OTHER, text: "no upstream connection of its own is free for this client" },
]);
/** The program is stopping. */
export const STOPPING: Failure = failure(Rcode.SERVFAIL, [
  { code: InfoCode.NOT_READY, text: "forwarder is stopping" },
]);
