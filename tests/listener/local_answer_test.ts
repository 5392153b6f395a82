import { assertEquals, assertLessOrEqual } from "@std/assert";
import { ReplyTo, ReplyWriter } from "../../lib/dns/reply.ts";
import { Admission } from "../../lib/listener/admission.ts";
import { fillReplyTo } from "../../lib/listener/client_table.ts";
import { ListenerCounters } from "../../lib/listener/listener_counters.ts";
import { writeLocalAnswer } from "../../lib/listener/local_answer.ts";
import { type Message, parseMessage, RCODE, TYPE } from "../helpers/message.ts";
import { buildQuery, type QueryInput } from "../helpers/query.ts";

function answered(
  input: QueryInput,
  limit?: number,
): { reply: Message; counters: ListenerCounters } {
  const query = buildQuery("www.example", input);
  const [admission, to, out] = [new Admission(), new ReplyTo(), new Uint8Array(600)];
  const rcode = admission.read(query, false);
  fillReplyTo(to, query, admission, limit ?? query.length);
  const counters = new ListenerCounters();
  const length = writeLocalAnswer(new ReplyWriter(out), to, rcode, counters);
  assertLessOrEqual(length, limit ?? query.length);
  return { reply: parseMessage(out.slice(0, length)), counters };
}

const CASES = [
  ["FORMERR", { counts: [2] }, RCODE.FORMERR, "malformed", []],
  ["BADVERS", { edns: { version: 1 } }, RCODE.BADVERS, "malformed", []],
  ["NOTIMP", { flags: 5 << 11, edns: true }, RCODE.NOTIMP, "unsupported", [21]],
  ["REFUSED", { type: TYPE.AXFR, edns: true }, RCODE.REFUSED, "refused", [21]],
] as const;

Deno.test("writeLocalAnswer() has RCODE and extended error as the table says, and counts (Q9, Q15; 1.9)", () => {
  for (const [what, input, rcode, counter, errors] of CASES) {
    const { reply, counters } = answered(input, 512);
    assertEquals(reply.rcode, rcode, what);
    assertEquals(reply.extendedErrors.map(({ code }) => code), [...errors], what);
    assertEquals(counters[counter], 1, what);
  }
});

Deno.test("writeLocalAnswer() keeps to the limit, with RCODE and OPT whatever gives way (RFC 5358; ACL-02)", () => {
  for (const [what, input, rcode] of CASES) {
    const { reply } = answered(input);
    assertEquals([reply.rcode, reply.opts.length], [rcode, "edns" in input ? 1 : 0], what);
    assertEquals(reply.tailLength, 0, what);
  }
});
