/**
 * The twelve octets at the start of every message (RFC 1035, 4.1.1), read and written in place.
 *
 *       0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
 *     |                      ID                       |  0
 *     |QR|   OPCODE  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |  2
 *     |    QDCOUNT   |    ANCOUNT   | NSCOUNT, ARCOUNT|  4, 6, 8, 10
 *
 * All functions expect a message of at least `HEADER_LENGTH` octets.
 */

export const HEADER_LENGTH = 12;
/** The largest message that a two-octet length prefix can announce (RFC 1035, 4.2.2). */
export const MAX_MESSAGE_LENGTH = 65_535;

/** Bits of the two octets at offset 2, as one number. */
export const Flag = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  Z: 0x0040,
  AD: 0x0020,
  CD: 0x0010,
} as const;

export const Opcode = { QUERY: 0 } as const;

export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

/** Offsets of the four record counts. */
export const Count = { QUESTION: 4, ANSWER: 6, AUTHORITY: 8, ADDITIONAL: 10 } as const;

/** The 16-bit number in network order at `offset`. */
export function uint16(octets: Uint8Array, offset: number): number {
  return (octets[offset] << 8) | octets[offset + 1];
}

export function setUint16(octets: Uint8Array, offset: number, value: number): void {
  octets[offset] = value >>> 8;
  octets[offset + 1] = value;
}

export function messageId(message: Uint8Array): number {
  return uint16(message, 0);
}

export function setMessageId(message: Uint8Array, id: number): void {
  setUint16(message, 0, id);
}

export function flags(message: Uint8Array): number {
  return uint16(message, 2);
}

export function setFlags(message: Uint8Array, value: number): void {
  setUint16(message, 2, value);
}

export function isResponse(message: Uint8Array): boolean {
  return (message[2] & 0x80) !== 0;
}

export function isTruncated(message: Uint8Array): boolean {
  return (message[2] & 0x02) !== 0;
}

export function opcode(message: Uint8Array): number {
  return (message[2] >>> 3) & 0x0f;
}

/** The low four bits of the response code; EDNS may hold eight more (RFC 6891, 6.1.3). */
export function headerRcode(message: Uint8Array): number {
  return message[3] & 0x0f;
}

export function setHeaderRcode(message: Uint8Array, rcode: number): void {
  message[3] = (message[3] & 0xf0) | (rcode & 0x0f);
}
