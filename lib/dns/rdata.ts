/**
 * The shape of RDATA by type: what follows what, and where it has names. A response with a record that is
 * not as its type has it makes naive clients read over its end, and others refuse the whole message.
 *
 * A shape is a row of octets, one for each part: up to `MAX_FIXED` that many octets, above it a kind of part.
 * Types without a shape are opaque (RFC 3597, 3), and so is what is specific to IN in other classes. OPT is
 * not here: it is for one hop, and what a client gets of it is picked out (`extended_errors.ts`).
 */

import { uint16 } from "./header.ts";
import { nameEnd, plainNameEnd } from "./name.ts";
import { RecordType } from "./question.ts";

const MAX_FIXED = 200;
/** A name that may be compressed, or that servers have been seen to compress. */
const NAME = 201;
/** A name that never is: its octets stand for themselves. */
const PLAIN = 202;
/** An octet of length and so many more (RFC 1035, 3.3): any number, at least one, and one string or more. */
const STRING = 203;
const FILLED = 204;
const STRINGS = 205;
/** What is left: any number of octets, or at least one. */
const REST = 206;
const SOME = 207;
/** Which types there are (RFC 4034, 4.1.2). */
const BITMAPS = 208;
/** Parameters of services (RFC 9460, 2.2). */
const PARAMETERS = 209;
/** Networks (RFC 3123, 4). */
const NETWORKS = 210;
/** The kind of a gateway, then an octet that stands between; or right before the gateway (RFC 4025; RFC 8777). */
const GATEWAY = 211;
const RELAY = 212;
/** Host identity and its key (RFC 8005, 5), and the servers behind them. */
const IDENTITY = 213;
const PLAIN_NAMES = 214;
/** The octets of an address, and the name of what it is a part of (RFC 2874, 3.1). */
const PREFIXED = 215;
/** Sixteen octets if the first is 0, the only version there is (RFC 1876, 2). */
const LOCATION = 216;

const CLASS_IN = 1;
const CLASS_CH = 3;
const CLASS_HS = 4;
const CLASS_NONE = 254;
const CLASS_ANY = 255;

type Shapes = Readonly<Record<number, readonly number[]>>;

/** Of every class. */
const GENERAL: Shapes = {
  2: [NAME], // NS
  3: [NAME], // MD
  4: [NAME], // MF
  5: [NAME], // CNAME
  6: [NAME, NAME, 20], // SOA
  7: [NAME], // MB
  8: [NAME], // MG
  9: [NAME], // MR
  12: [NAME], // PTR
  13: [STRING, STRING], // HINFO
  14: [NAME, NAME], // MINFO
  15: [2, NAME], // MX
  16: [STRINGS], // TXT
  17: [NAME, NAME], // RP
  18: [2, NAME], // AFSDB
  19: [STRING], // X25
  20: [STRINGS], // ISDN
  21: [2, NAME], // RT
  24: [18, NAME, REST], // SIG
  25: [4, REST], // KEY
  27: [STRING, STRING, STRING], // GPOS
  29: [LOCATION], // LOC
  30: [NAME, SOME], // NXT
  37: [5, REST], // CERT
  39: [NAME], // DNAME
  43: [4, SOME], // DS
  44: [2, SOME], // SSHFP
  45: [1, GATEWAY, REST], // IPSECKEY
  46: [18, NAME, SOME], // RRSIG
  47: [NAME, BITMAPS], // NSEC
  48: [4, SOME], // DNSKEY
  50: [4, STRING, FILLED, BITMAPS], // NSEC3
  51: [4, STRING], // NSEC3PARAM
  52: [3, SOME], // TLSA
  53: [3, SOME], // SMIMEA
  55: [IDENTITY, PLAIN_NAMES], // HIP
  56: [STRINGS], // NINFO
  57: [4, REST], // RKEY
  58: [NAME, NAME], // TALINK
  59: [4, SOME], // CDS
  60: [4, SOME], // CDNSKEY
  61: [SOME], // OPENPGPKEY
  62: [6, BITMAPS], // CSYNC
  63: [6, SOME], // ZONEMD
  66: [5, PLAIN], // DSYNC
  99: [STRINGS], // SPF
  104: [10], // NID
  105: [6], // L32
  106: [10], // L64
  107: [2, NAME], // LP
  108: [6], // EUI48
  109: [8], // EUI64
  249: [NAME, REST], // TKEY
  250: [NAME, REST], // TSIG
  256: [4, SOME], // URI
  257: [1, FILLED, REST], // CAA
  258: [STRINGS], // AVC
  259: [9, STRING, REST], // DOA
  260: [1, RELAY], // AMTRELAY
  261: [STRINGS], // RESINFO
  262: [STRINGS], // WALLET
};

/** Of the class IN alone. */
const INTERNET: Shapes = {
  1: [4], // A
  11: [5, REST], // WKS
  22: [SOME], // NSAP
  23: [NAME], // NSAP-PTR
  26: [2, NAME, NAME], // PX
  28: [16], // AAAA
  33: [6, NAME], // SRV
  34: [1, SOME], // ATMA
  35: [4, STRING, STRING, STRING, NAME], // NAPTR
  36: [2, NAME], // KX
  38: [PREFIXED], // A6
  42: [NETWORKS], // APL
  49: [SOME], // DHCID
  64: [2, PLAIN, PARAMETERS], // SVCB
  65: [2, PLAIN, PARAMETERS], // HTTPS
};

/** Type A of the classes CH (a name, then a number) and HS. */
const CHAOS_ADDRESS = Uint8Array.of(NAME, 2);
const HESIOD_ADDRESS = Uint8Array.of(4);

const ALL = table({ ...GENERAL, ...INTERNET });
const OTHERS = table(GENERAL);
const LAST_TABLED = ALL.length - 1;
/** TA and DLV, whose numbers are far above the others. */
const TRUST_ANCHOR = Uint8Array.of(4, SOME);
const FIRST_TRUST_ANCHOR = 32_768;
const LAST_TRUST_ANCHOR = 32_769;

/** By number. */
function table(shapes: Shapes): (Uint8Array | undefined)[] {
  const last = Math.max(...Object.keys(shapes).map(Number));
  return Array.from({ length: last + 1 }, (_, type) => {
    return shapes[type] && Uint8Array.from(shapes[type]);
  });
}

function shapeOf(type: number, number: number): Uint8Array | undefined {
  if (type > LAST_TABLED) {
    return type >= FIRST_TRUST_ANCHOR && type <= LAST_TRUST_ANCHOR ? TRUST_ANCHOR : undefined;
  }
  if (number === CLASS_IN) return ALL[type];
  if (type === RecordType.A && number === CLASS_CH) return CHAOS_ADDRESS;
  if (type === RecordType.A && number === CLASS_HS) return HESIOD_ADDRESS;
  return OTHERS[type];
}

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
    case PARAMETERS:
      return parametersEnd(message, at, end);
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

/** Keys in rising order, each with its value. */
function parametersEnd(message: Uint8Array, start: number, end: number): number {
  let at = start;
  let last = -1;
  while (at < end) {
    if (at + 4 > end || uint16(message, at) <= last) return -1;
    last = uint16(message, at);
    at += 4 + uint16(message, at + 2);
  }
  return within(at, end);
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
