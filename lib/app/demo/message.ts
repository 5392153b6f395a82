/**
 * Messages as the demo's clients and its embedded upstream write them: number arrays put together,
 * slow and plain. Offsets, header and constants are those of `lib/dns`.
 *
 *     +--------+----------+---------------------------+
 *     | header | question | records, OPT as the last  |
 *     +--------+----------+---------------------------+
 *     0        12         Question.end
 */
import { Flag, flags, HEADER_LENGTH, uint16 } from "../../dns/header.ts";
import { questionEnd, RecordType } from "../../dns/question.ts";

/** The record types that the demo asks for; the embedded upstream has data for all but MX. */
export const AskedType = { A: 1, MX: RecordType.MX, TXT: 16, AAAA: 28 } as const;

/** Class IN. */
export const CLASS_IN = 1;

const OPCODE_BITS = 0x7800;
const PAYLOAD_SIZE = 1232;

/** The question of a message; `name` in lower case, `end` is the offset after it. */
export interface Question {
  readonly name: string;
  readonly type: number;
  readonly recordClass: number;
  readonly end: number;
}

/** What a response carries besides the question of its query. */
export interface ResponseParts {
  readonly rcode: number;
  /** One record, or none. */
  readonly answer?: readonly number[];
  /** One record, or none. */
  readonly authority?: readonly number[];
}

/** A query for `name`, with RD set and without EDNS, as a simple stub resolver sends it. */
export function encodeQuery(id: number, name: string, type: number): Uint8Array<ArrayBuffer> {
  const header = [id, Flag.RD, 1, 0, 0, 0].flatMap(octets16);
  return Uint8Array.from([
    ...header,
    ...encodeName(name),
    ...octets16(type),
    ...octets16(CLASS_IN),
  ]);
}

/** The response to `query`, with OPT where the query had it. */
export function encodeResponse(
  query: Uint8Array,
  question: Question | undefined,
  { rcode, answer = [], authority = [] }: ResponseParts,
): Uint8Array<ArrayBuffer> {
  const asked = query.subarray(HEADER_LENGTH, question?.end ?? HEADER_LENGTH);
  const opt = hasOpt(query, question) ? encodeOpt() : [];
  const counts = [asked, answer, authority, opt].map((part) => part.length > 0 ? 1 : 0);
  const returned = flags(query) & (OPCODE_BITS | Flag.RD);
  return Uint8Array.from([
    ...query.subarray(0, 2),
    ...octets16(Flag.QR | Flag.RA | returned | rcode),
    ...counts.flatMap(octets16),
    ...asked,
    ...answer,
    ...authority,
    ...opt,
  ]);
}

/** The one question of a message, or undefined where it does not have exactly one whole question. */
export function readQuestion(message: Uint8Array): Question | undefined {
  if (message.length < HEADER_LENGTH || uint16(message, 4) !== 1) return undefined;
  const end = questionEnd(message);
  if (end < 0) return undefined;
  const labels: string[] = [];
  for (let at = HEADER_LENGTH; message[at] > 0; at += 1 + message[at]) {
    labels.push(String.fromCharCode(...message.subarray(at + 1, at + 1 + message[at])));
  }
  const name = labels.join(".").toLowerCase() + ".";
  return { name, type: uint16(message, end - 4), recordClass: uint16(message, end - 2), end };
}

/** The message with its length in front of it (RFC 1035, 4.2.2); a copy. */
export function frame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...octets16(message.length), ...message]);
}

/** The octets of a domain name, without compression. */
export function encodeName(name: string): number[] {
  const labels = name.split(".").filter((label) => label !== "");
  return [...labels.flatMap(encodeString), 0];
}

/** A length octet and the characters: a label, or a string of a TXT record. */
export function encodeString(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)];
}

/** Two octets, the most significant first. */
export function octets16(value: number): number[] {
  return [value >> 8 & 0xff, value & 0xff];
}

/** Four octets, the most significant first. */
export function octets32(value: number): number[] {
  return [...octets16(value >>> 16), ...octets16(value)];
}

/** Looks only where a query has it: as the first record after the question. */
function hasOpt(query: Uint8Array, question: Question | undefined): boolean {
  if (question === undefined) return false;
  const { end } = question;
  return query[end] === 0 && uint16(query, end + 1) === RecordType.OPT;
}

function encodeOpt(): number[] {
  return [
    0,
    ...octets16(RecordType.OPT),
    ...octets16(PAYLOAD_SIZE),
    ...octets32(0),
    ...octets16(0),
  ];
}
