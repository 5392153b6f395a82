/**
 * What the data of each record type consists of: a row of octets, one for each part. Up to `MAX_FIXED` it is
 * that many octets, above it a kind of part.
 *
 * Types without a shape are opaque (RFC 3597, 3), and so are most in classes other than IN. OPT is not here:
 * it is for one hop, and what a client gets of it is picked out.
 */

import { RecordType } from "./question.ts";

export const MAX_FIXED = 200;
/** A name that may be compressed, or that servers have been seen to compress. */
export const NAME = 201;
/** A name that never is: its octets stand for themselves. */
export const PLAIN = 202;
/** An octet of length and so many more (RFC 1035, 3.3): any number, at least one, and one string or more. */
export const STRING = 203;
export const FILLED = 204;
export const STRINGS = 205;
/** What is left: any number of octets, or at least one. */
export const REST = 206;
export const SOME = 207;
/** Which types there are (RFC 4034, 4.1.2). */
export const BITMAPS = 208;
/** Priority, target and parameters of a service (RFC 9460, 2.2). */
export const SERVICE = 209;
/** Networks (RFC 3123, 4). */
export const NETWORKS = 210;
/** The kind of a gateway, then an octet that stands between; or right before the gateway (RFC 4025; RFC 8777). */
export const GATEWAY = 211;
export const RELAY = 212;
/** Host identity and its key (RFC 8005, 5), and the servers behind them. */
export const IDENTITY = 213;
export const PLAIN_NAMES = 214;
/** The octets of an address, and the name of what it is a part of (RFC 2874, 3.1). */
export const PREFIXED = 215;
/** Sixteen octets if the first is 0, the only version there is (RFC 1876, 2). */
export const LOCATION = 216;
/** A hash whose kind stands right before it (RFC 4034, 5.1; RFC 4255, 3.1; RFC 8976, 2.2). */
export const DIGEST = 217;
export const FINGERPRINT = 218;
export const ZONE_DIGEST = 219;

const CLASS_IN = 1;
const CLASS_CH = 3;
const CLASS_HS = 4;

type Shapes = Readonly<Record<number, readonly number[]>>;

/** Of every class: types with names that may be compressed (RFC 3597, 4). */
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
  14: [NAME, NAME], // MINFO
  15: [2, NAME], // MX
  17: [NAME, NAME], // RP
  18: [2, NAME], // AFSDB
  21: [2, NAME], // RT
  24: [18, NAME, REST], // SIG
  30: [NAME, REST], // NXT
  39: [NAME], // DNAME
  46: [18, NAME, SOME], // RRSIG
  47: [NAME, BITMAPS], // NSEC
  58: [NAME, NAME], // TALINK
  107: [2, NAME], // LP
  249: [NAME, REST], // TKEY
  250: [NAME, REST], // TSIG
};

/** Of the class IN alone. What others hold is told apart by nobody, so it is passed on as it is. */
const INTERNET: Shapes = {
  1: [4], // A
  11: [5, REST], // WKS
  13: [STRING, STRING], // HINFO
  16: [STRINGS], // TXT
  19: [STRING], // X25
  20: [STRINGS], // ISDN
  22: [SOME], // NSAP
  23: [NAME], // NSAP-PTR
  25: [4, REST], // KEY
  26: [2, NAME, NAME], // PX
  27: [STRING, STRING, STRING], // GPOS
  28: [16], // AAAA
  29: [LOCATION], // LOC
  33: [6, NAME], // SRV
  34: [1, SOME], // ATMA
  35: [4, STRING, STRING, STRING, NAME], // NAPTR
  36: [2, NAME], // KX
  37: [5, REST], // CERT
  38: [PREFIXED], // A6
  42: [NETWORKS], // APL
  43: [4, DIGEST], // DS
  44: [2, FINGERPRINT], // SSHFP
  45: [1, GATEWAY, REST], // IPSECKEY
  48: [4, SOME], // DNSKEY
  49: [SOME], // DHCID
  50: [4, STRING, FILLED, BITMAPS], // NSEC3
  51: [4, STRING], // NSEC3PARAM
  52: [3, SOME], // TLSA
  53: [3, SOME], // SMIMEA
  55: [IDENTITY, PLAIN_NAMES], // HIP
  56: [STRINGS], // NINFO
  57: [4, REST], // RKEY
  59: [4, DIGEST], // CDS
  60: [4, SOME], // CDNSKEY
  61: [SOME], // OPENPGPKEY
  62: [6, BITMAPS], // CSYNC
  63: [6, ZONE_DIGEST], // ZONEMD
  64: [SERVICE], // SVCB
  65: [SERVICE], // HTTPS
  66: [5, PLAIN], // DSYNC
  99: [STRINGS], // SPF
  104: [10], // NID
  105: [6], // L32
  106: [10], // L64
  108: [6], // EUI48
  109: [8], // EUI64
  256: [4, REST], // URI
  257: [1, FILLED, REST], // CAA
  258: [STRINGS], // AVC
  259: [9, STRING, REST], // DOA
  260: [1, RELAY], // AMTRELAY
  261: [STRINGS], // RESINFO
  262: [STRINGS], // WALLET
};

/** Type A of the classes CH (a name, then a number) and HS. */
const CHAOS_ADDRESS = Uint8Array.of(NAME, 2);
const HESIOD_ADDRESS = Uint8Array.of(4);

const ALL = table({ ...GENERAL, ...INTERNET });
const OTHERS = table(GENERAL);
/** TA and DLV, whose numbers are far above the others. */
const TRUST_ANCHOR = Uint8Array.of(4, DIGEST);
const FIRST_TRUST_ANCHOR = 32_768;
const LAST_TRUST_ANCHOR = 32_769;

/** By number. */
function table(shapes: Shapes): (Uint8Array | undefined)[] {
  const last = Math.max(...Object.keys(shapes).map(Number));
  return Array.from({ length: last + 1 }, (_, type) => {
    return shapes[type] && Uint8Array.from(shapes[type]);
  });
}

/** What records of `type` and class `number` consist of; undefined where that is not known. */
export function shapeOf(type: number, number: number): Uint8Array | undefined {
  if (number === CLASS_IN) return type < ALL.length ? ALL[type] : farShape(type);
  if (type === RecordType.A && number === CLASS_CH) return CHAOS_ADDRESS;
  if (type === RecordType.A && number === CLASS_HS) return HESIOD_ADDRESS;
  return type < OTHERS.length ? OTHERS[type] : undefined;
}

function farShape(type: number): Uint8Array | undefined {
  return type >= FIRST_TRUST_ANCHOR && type <= LAST_TRUST_ANCHOR ? TRUST_ANCHOR : undefined;
}
