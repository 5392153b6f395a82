/**
 * The data of records, checked against its shape and searched for names. A response with a record that is not
 * as its type has it makes naive clients read over its end, and others refuse the whole message.
 */

import { uint16 } from "./header.ts";
import { nameEnd, plainNameEnd } from "./name.ts";
import { RecordType } from "./question.ts";
import {
  BITMAPS,
  DIGEST,
  FILLED,
  FINGERPRINT,
  GATEWAY,
  IDENTITY,
  LOCATION,
  MAX_FIXED,
  NAME,
  NETWORKS,
  PLAIN,
  PLAIN_NAMES,
  PREFIXED,
  RELAY,
  REST,
  SERVICE,
  shapeOf,
  SOME,
  STRING,
  STRINGS,
  ZONE_DIGEST,
} from "./rdata_shapes.ts";
import { serviceEnd } from "./service_parameters.ts";

const CLASS_IN = 1;
const CLASS_NONE = 254;
const CLASS_ANY = 255;

/** Octets of the hashes of SHA-1, SHA-256 and so on by their numbers; 0: of any length. */
const DIGEST_LENGTHS = Uint8Array.of(0, 20, 32, 0, 48);
const FINGERPRINT_LENGTHS = Uint8Array.of(0, 20, 32);
const ZONE_DIGEST_LENGTHS = Uint8Array.of(0, 48, 64);

/** Whether the RDATA of a record of `type` and class `number`, from `rdata` to `end`, is as that type has it. */
export function isRdataSound(
  message: Uint8Array,
  type: number,
  number: number,
  rdata: number,
  end: number,
): boolean {
  if (type === RecordType.A && number === CLASS_IN) return end - rdata === 4;
  const shape = shapeOf(type, number);
  if (shape === undefined) return true;
  // So updates say what is to be there or not (RFC 2136, 2.4).
  if (rdata === end && (number === CLASS_ANY || number === CLASS_NONE)) return true;
  let at = rdata;
  for (let index = 0; index < shape.length; index++) {
    const part = shape[index];
    // The most frequent kinds first.
    if (part <= MAX_FIXED) at += part;
    else if (part === NAME) at = nameEnd(message, at);
    else at = partEnd(message, part, at, end);
    if (at < 0 || at > end) return false;
  }
  return at === end;
}

/**
 * Adds to `names` the offsets of the names in RDATA that may be compressed, as far as it is sound; parameters
 * as for `isRdataSound()`.
 */
export function addNameOffsets(
  message: Uint8Array,
  type: number,
  number: number,
  rdata: number,
  end: number,
  names: number[],
): void {
  const shape = shapeOf(type, number);
  if (shape === undefined || rdata === end) return;
  let at = rdata;
  for (let part = 0; part < shape.length && at >= 0; part++) {
    if (shape[part] === NAME) names.push(at);
    at = partEnd(message, shape[part], at, end);
  }
}

/** The offset behind a part that begins at `at`, or -1 if it is malformed or does not end by `end`. */
function partEnd(message: Uint8Array, part: number, at: number, end: number): number {
  if (part <= MAX_FIXED) return within(at + part, end);
  switch (part) {
    case NAME:
      return within(nameEnd(message, at), end);
    case PLAIN:
      return within(plainNameEnd(message, at), end);
    case STRING:
      return stringEnd(message, at, end);
    case FILLED:
      return at < end && message[at] > 0 ? stringEnd(message, at, end) : -1;
    case STRINGS:
      return stringsEnd(message, at, end);
    case REST:
      return end;
    case SOME:
      return at < end ? end : -1;
    case BITMAPS:
      return bitmapsEnd(message, at, end);
    case SERVICE:
      return serviceEnd(message, at, end);
    case NETWORKS:
      return networksEnd(message, at, end);
    case GATEWAY:
      return at + 2 > end ? -1 : gatewayEnd(message, message[at], at + 2, end);
    case RELAY:
      return at >= end ? -1 : gatewayEnd(message, message[at] & 0x7f, at + 1, end);
    case IDENTITY:
      return at + 4 > end ? -1 : within(at + 4 + message[at] + uint16(message, at + 2), end);
    case PLAIN_NAMES:
      return plainNamesEnd(message, at, end);
    case PREFIXED:
      return prefixedEnd(message, at, end);
    case LOCATION:
      return at < end && (message[at] !== 0 || end - at === 16) ? end : -1;
    case DIGEST:
      return hashEnd(message, DIGEST_LENGTHS, 1, at, end);
    case FINGERPRINT:
      // Servers serve those of other kinds without a fingerprint, too.
      return hashEnd(message, FINGERPRINT_LENGTHS, 0, at, end);
    case ZONE_DIGEST:
      return hashEnd(message, ZONE_DIGEST_LENGTHS, 1, at, end);
  }
  return -1;
}

function within(at: number, end: number): number {
  return at <= end ? at : -1;
}

function stringEnd(message: Uint8Array, at: number, end: number): number {
  return at < end ? within(at + 1 + message[at], end) : -1;
}

function stringsEnd(message: Uint8Array, start: number, end: number): number {
  let at = stringEnd(message, start, end);
  while (at >= 0 && at < end) at = stringEnd(message, at, end);
  return at;
}

/** Windows in rising order, each with 1 to 32 octets. */
function bitmapsEnd(message: Uint8Array, start: number, end: number): number {
  let at = start;
  let last = -1;
  while (at < end) {
    const next = at + 2 + message[at + 1];
    if (at + 2 > end || next > end || message[at] <= last) return -1;
    if (message[at + 1] === 0 || message[at + 1] > 32) return -1;
    last = message[at];
    at = next;
  }
  return at;
}

function networksEnd(message: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    if (at + 4 > end) return -1;
    at += 4 + (message[at + 3] & 0x7f);
  }
  return within(at, end);
}

/** Of a kind that is not known all of it may be the gateway. */
function gatewayEnd(message: Uint8Array, kind: number, at: number, end: number): number {
  switch (kind) {
    case 0:
      return at;
    case 1:
      return within(at + 4, end);
    case 2:
      return within(at + 16, end);
    case 3:
      return within(plainNameEnd(message, at), end);
  }
  return end;
}

function plainNamesEnd(message: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at >= 0 && at < end) at = within(plainNameEnd(message, at), end);
  return at;
}

function prefixedEnd(message: Uint8Array, at: number, end: number): number {
  if (at >= end || message[at] > 128) return -1;
  const name = at + 1 + Math.ceil((128 - message[at]) / 8);
  return within(message[at] === 0 ? name : plainNameEnd(message, name), end);
}

/** The kind of the hash, which tells its length, stands before it; any other kind has `least` octets or more. */
function hashEnd(
  message: Uint8Array,
  lengths: Uint8Array,
  least: number,
  at: number,
  end: number,
): number {
  const kind = message[at - 1];
  const length = kind < lengths.length ? lengths[kind] : 0;
  const isSound = length === 0 ? end - at >= least : end - at === length;
  return isSound ? end : -1;
}
