import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { extendedErrorOption, padding } from "../helpers/edns.ts";
import { FLAG, type Message, parseMessage, type RecordInput, TYPE } from "../helpers/message.ts";
import {
  addressRecord,
  addressRecords,
  buildQuery,
  buildResponse,
  type ResponseInput,
  textRecords,
} from "../helpers/query.ts";
import { asked, NAME, reply, replyTo, written } from "./reply_to.ts";

const LOWER = NAME.toLowerCase();
const EDNS = { edns: true } as const;
const NS: RecordInput = { name: "example", type: TYPE.NS, data: [{ name: "ns.example" }] };
const GLUE = addressRecord("ns.example");

function isTruncated(message: Message): boolean {
  return (message.flags & FLAG.TC) !== 0;
}

/** How many records the sections have: answer, authority, additional. */
function counts({ answers, authorities, additionals }: Message): number[] {
  return [answers.length, authorities.length, additionals.length];
}

Deno.test("ReplyWriter.writeResponse() is whole where it just fits, and else within the limit (RFC 1035, 4.2.1; MSG-15)", () => {
  for (const query of [{}, EDNS]) {
    for (const limit of [512, 513, 1232, 4096]) {
      const bare = reply({ query, limit: 65_535, response: { answers: [] } }).octets.length;
      const fitting = textRecords(LOWER, limit - bare);
      const whole = reply({ query, limit, response: { answers: fitting } });
      assertEquals([whole.octets.length, isTruncated(whole)], [limit, false], `limit ${limit}`);
      const over = reply({
        query,
        limit,
        response: { answers: textRecords(LOWER, limit - bare + 1) },
      });
      assertLessOrEqual(over.octets.length, limit);
      assertEquals(isTruncated(over), true, `limit ${limit}, an octet more`);
    }
  }
});

Deno.test("ReplyWriter.writeResponse() leaves out additional records first, without TC (RFC 2181, 9; TRUNC-02)", () => {
  for (const query of [{}, EDNS]) {
    const response = { answers: addressRecords(LOWER, 3), authorities: [NS], additionals: [GLUE] };
    const full = reply({ query, response });
    const made = reply({ query, response, limit: full.octets.length - 1 });
    assertEquals([...counts(made), isTruncated(made)], [3, 1, 0, false]);
    assertEquals(made.opts.length, query === EDNS ? 1 : 0);
    assertEquals(made.authorities, full.authorities);
  }
});

Deno.test("ReplyWriter.writeResponse() leaves a client with EDNS the question, TC and OPT alone (Q8, TRUNC-02)", () => {
  const response = { answers: addressRecords(LOWER, 100), authorities: [NS], additionals: [GLUE] };
  const made = reply({ query: EDNS, response });
  assertEquals([...counts(made), isTruncated(made)], [0, 0, 0, true]);
  assertEquals([made.opts.length, made.questions[0].name, made.tailLength], [1, NAME, 0]);
});

Deno.test("ReplyWriter.writeResponse() leaves a client without EDNS the whole answer records that fit (Q8, 0.5)", () => {
  const answers = addressRecords(LOWER, 100);
  const response = { answers, authorities: [NS], additionals: [GLUE] };
  const made = reply({ response, limit: 512 });
  const fitting = Math.floor((512 - (12 + 13 + 4)) / 16);
  assertEquals([...counts(made), isTruncated(made)], [fitting, 0, 0, true]);
  assertEquals(made.octets.length, 12 + 13 + 4 + 16 * fitting);
  assertEquals(
    made.answers.map(({ data }) => data),
    answers.slice(0, fitting).map(({ data }) => data),
  );
});

Deno.test("ReplyWriter.writeResponse() fills the limit to the last octet with whole answer records (Q8)", () => {
  const bare = 12 + 13 + 4;
  for (const [limit, fitting] of [[bare + 5 * 16, 5], [bare + 5 * 16 - 1, 4], [bare, 0]]) {
    const made = reply({ response: { answers: addressRecords(LOWER, 9) }, limit });
    assertEquals([made.answers.length, isTruncated(made)], [fitting, true], `limit ${limit}`);
  }
});

Deno.test("ReplyWriter.writeResponse() leaves out authority before answers (Q8)", () => {
  const response = { answers: addressRecords(LOWER, 20), authorities: Array(20).fill(NS) };
  const made = reply({ response, limit: 512 });
  assertEquals([...counts(made), isTruncated(made)], [20, 0, 0, true]);
});

Deno.test("ReplyWriter.writeResponse() stops at the first record that does not fit, in order", () => {
  const answers = [addressRecord(LOWER, 1), ...textRecords(LOWER, 600), addressRecord(LOWER, 2)];
  const made = reply({ response: { answers }, limit: 512 });
  assertEquals([...counts(made), isTruncated(made)], [1, 0, 0, true]);
});

Deno.test("ReplyWriter.writeResponse() passes TC of the upstream on, with the records (RFC 5625, 4.4; MSG-18)", () => {
  for (const query of [{}, EDNS]) {
    const made = reply({ query, response: { moreFlags: FLAG.TC } });
    assertEquals([made.answers.length, isTruncated(made)], [1, true]);
  }
});

Deno.test("ReplyWriter.writeResponse() takes what the upstream's padding took for records (PAD-02, TRUNC-02)", () => {
  const response = { answers: addressRecords(LOWER, 40), edns: { options: [padding(400)] } };
  const made = reply({ query: EDNS, response, limit: 700 });
  assertEquals([made.answers.length, isTruncated(made)], [40, false]);
  const without = reply({ response, limit: 700 });
  assertEquals([without.answers.length, isTruncated(without)], [40, false]);
});

Deno.test("ReplyWriter.writeResponse() keeps the limit, whole records and true counts at every size (TRUNC-02, MSG-15)", () => {
  const response: ResponseInput = {
    answers: [
      { name: LOWER, type: TYPE.CNAME, data: [{ name: "long.alias.test" }] },
      ...addressRecords("long.alias.test", 12),
    ],
    authorities: [NS],
    additionals: [GLUE, addressRecord("other.alias.test")],
    edns: { options: [extendedErrorOption(3, "stale"), padding(40)] },
  };
  for (const query of [{}, EDNS]) {
    const octets = buildQuery(NAME, query);
    const upstream = buildResponse(asked(octets), response);
    const original = parseMessage(upstream);
    for (let limit = 64; limit <= upstream.length + 20; limit++) {
      const made = written(replyTo(octets, limit), upstream);
      assert(made !== undefined);
      assertLessOrEqual(made.octets.length, limit);
      assertEquals([made.tailLength, made.opts.length], [0, query === EDNS ? 1 : 0]);
      const { length } = made.answers;
      const spelled = original.answers.map((each) => ({
        ...each,
        name: each.name === LOWER ? NAME : each.name,
      }));
      assertEquals(made.answers, spelled.slice(0, length), `limit ${limit}`);
      assertEquals(isTruncated(made), length < 13 || made.authorities.length < 1, `limit ${limit}`);
      if (made.additionals.length > 0) assertEquals(made.authorities.length, 1);
    }
  }
});

Deno.test("ReplyWriter.writeResponse() leaves keepalive out of the largest messages before OPT (RFC 6891, 7; EDNS-03)", () => {
  const bare = reply({ limit: 65_535, response: { answers: [] } }).octets.length;
  const optOf = (spare: number) => {
    const response = { answers: textRecords(LOWER, 65_535 - bare - spare), edns: false } as const;
    const made = reply({ query: EDNS, response, limit: 65_535, to: { keepalive: 300 } });
    return [made.octets.length, made.opts.map(({ options }) => options.length)];
  };
  assertEquals(optOf(17), [65_535, [1]]);
  for (const spare of [16, 11]) assertEquals(optOf(spare), [65_535 - spare + 11, [0]]);
  assertEquals(optOf(10), [65_525, []]);
});

Deno.test("ReplyWriter.writeResponse() fills a stream with a message of 65,535 octets (RFC 1035, 4.2.2; C17)", () => {
  const bare = reply({ limit: 65_535, response: { answers: [] } }).octets.length;
  for (const query of [{}, EDNS]) {
    const response = { answers: textRecords(LOWER, 65_535 - bare), edns: false } as const;
    const made = reply({ query, response, limit: 65_535 });
    assertEquals([made.octets.length, isTruncated(made), made.tailLength], [65_535, false, 0]);
  }
});
