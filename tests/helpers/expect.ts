/** What is expected of replies, said once. */

import { assert, assertEquals } from "@std/assert";
import { FLAG, type Message, parseMessage, RCODE } from "./message.ts";

/** A reply belongs to its query: ID, QR, opcode, RD, question octet by octet, whole, nothing after it. */
export function assertRepliesTo(query: Uint8Array, reply: Message, what = ""): void {
  const asked = parseMessage(query);
  assertEquals(reply.id, asked.id, `ID ${what}`);
  assert(reply.flags & FLAG.QR, `QR is set ${what}`);
  assertEquals(reply.opcode, asked.opcode, `opcode ${what}`);
  assertEquals(reply.flags & FLAG.RD, asked.flags & FLAG.RD, `RD ${what}`);
  assertEquals(reply.questions, asked.questions, `question ${what}`);
  assertEquals(reply.tailLength, 0, `octets after the last record ${what}`);
}

/** NOERROR with at least one record, in full. */
export function assertAnswered(query: Uint8Array, reply: Message, what = ""): void {
  assertRepliesTo(query, reply, what);
  assertEquals(reply.rcode, RCODE.NOERROR, `RCODE ${what}`);
  assert(reply.answers.length > 0, `there is an answer ${what}`);
  assertEquals(reply.flags & FLAG.TC, 0, `TC ${what}`);
}

export function assertRcode(query: Uint8Array, reply: Message, rcode: number, what = ""): void {
  assertRepliesTo(query, reply, what);
  assertEquals(reply.rcode, rcode, `RCODE ${what}`);
  assertEquals(reply.answers.length, 0, `answers ${what}`);
}

/** SERVFAIL with these extended errors, in any order; more are allowed only where `exactly` is false. */
export function assertServerFailure(
  query: Uint8Array,
  reply: Message,
  codes: readonly number[],
  exactly = true,
): void {
  assertRcode(query, reply, RCODE.SERVFAIL);
  const found = reply.extendedErrors.map((error) => error.code);
  const wanted = exactly ? found : found.filter((code) => codes.includes(code));
  assertEquals(wanted.toSorted(byNumber), codes.toSorted(byNumber), "extended errors");
}

/** The same records in the same order, whatever the compression; TTLs included. */
export function assertSameRecords(reply: Message, original: Message, what = ""): void {
  for (const section of ["answers", "authorities", "additionals"] as const) {
    assertEquals(reply[section], original[section], `${section} ${what}`);
  }
}

function byNumber(a: number, b: number): number {
  return a - b;
}
