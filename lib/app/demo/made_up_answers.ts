/**
 * What the embedded upstream says. Everything is made up, and always the same for the same name:
 * addresses from the blocks kept for documentation (RFC 5737, RFC 3849), a text that explains the
 * demo, and for every other type "no such data" with the SOA that lets it be cached (RFC 2308).
 */
import { Opcode, opcode, Rcode } from "../../dns/header.ts";
import { RecordType } from "../../dns/question.ts";
import {
  AskedType,
  CLASS_IN,
  encodeName,
  encodeResponse,
  encodeString,
  octets16,
  octets32,
  type Question,
  readQuestion,
  type ResponseParts,
} from "./message.ts";

const TTL_SECONDS = 60;
const POINTER_TO_QUESTION = [0xc0, 12];
const EXPLANATION =
  "dnsfwd demo: this answer was made up on your own machine and came over DNS-over-TLS";

/** The response to one query; `remark` is the second string of a TXT record. */
export function makeResponse(query: Uint8Array, remark: string): Uint8Array<ArrayBuffer> {
  const question = readQuestion(query);
  if (opcode(query) !== Opcode.QUERY) {
    return encodeResponse(query, question, { rcode: Rcode.NOTIMP });
  }
  if (question === undefined) return encodeResponse(query, undefined, { rcode: Rcode.FORMERR });
  return encodeResponse(query, question, answerTo(question, remark));
}

function answerTo(question: Question, remark: string): ResponseParts {
  if (question.recordClass !== CLASS_IN) return { rcode: Rcode.REFUSED };
  const data = recordData(question, remark);
  if (data === undefined) return { rcode: Rcode.NOERROR, authority: startOfAuthority() };
  return { rcode: Rcode.NOERROR, answer: record(POINTER_TO_QUESTION, question.type, data) };
}

function recordData(question: Question, remark: string): number[] | undefined {
  const seed = hash(question.name);
  switch (question.type) {
    case AskedType.A:
      return [192, 0, 2, 1 + seed % 254];
    case AskedType.AAAA:
      return [...octets32(0x20010db8), ...octets32(0), ...octets32(0), ...octets32(seed)];
    case AskedType.TXT:
      return [...encodeString(EXPLANATION), ...encodeString(remark)];
  }
}

function startOfAuthority(): number[] {
  const names = [...encodeName("dns.example"), ...encodeName("demo.dns.example")];
  const [serial, refresh, retry, expire] = [1, 3600, 600, 86_400];
  const times = [serial, refresh, retry, expire, TTL_SECONDS].flatMap(octets32);
  return record(encodeName("."), RecordType.SOA, [...names, ...times]);
}

function record(owner: readonly number[], type: number, data: readonly number[]): number[] {
  const fixed = [...octets16(type), ...octets16(CLASS_IN), ...octets32(TTL_SECONDS)];
  return [...owner, ...fixed, ...octets16(data.length), ...data];
}

/** FNV-1a: enough to give different names different addresses. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193);
  return value >>> 0;
}
