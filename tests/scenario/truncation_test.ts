/** Replies over UDP that do not fit (RFC 2181, 9; RFC 6891, 6.2.3; RFC 9715), and `--truncate`. */

import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { extendedErrorOption } from "../helpers/edns.ts";
import { assertAnswered, assertRepliesTo } from "../helpers/expect.ts";
import { FLAG, type Message, parseMessage, RCODE, TYPE } from "../helpers/message.ts";
import { addressRecord, addressRecords, buildQuery, buildResponse } from "../helpers/query.ts";
import { type ResponseInput, textRecords } from "../helpers/query.ts";
import { type ScenarioOptions, startScenario } from "../helpers/scenario.ts";

const LARGE = 100;
const RECORD_LENGTH = 16;
const OPT_LENGTH = 11;

function large(): ScenarioOptions {
  return { script: (query) => query.answer({ answers: addressRecords(query.name, LARGE) }) };
}

function assertTruncated(query: Uint8Array, reply: Message, what = ""): void {
  assertRepliesTo(query, reply, what);
  assertEquals(reply.rcode, RCODE.NOERROR, what);
  assert(reply.flags & FLAG.TC, `TC ${what}`);
  assertEquals(reply.authorities.length + reply.additionals.length, 0, what);
}

Deno.test("Forwarder truncates to the payload size of the client, never over 1232 nor under 512 octets (RFC 6891, 6.2.3; RFC 9715, 3; MSG-15, EDNS-07, TRUNC-01, TRUNC-02; E14)", async () => {
  await using scenario = await startScenario(large());
  for (const payloadSize of [0, 100, 511, 512, 600, 1232, 4096, 65535]) {
    const query = buildQuery("large.example", { edns: { payloadSize } });
    const reply = await scenario.udp().ask(query);
    assertTruncated(query, reply, `${payloadSize}`);
    assertEquals([reply.answers.length, reply.opts.length], [0, 1], `${payloadSize}`);
  }
});

Deno.test("Forwarder gives a client without EDNS as many whole records as fit in 512 octets (RFC 2181, 9; TRUNC-02; Q8; D24)", async () => {
  await using scenario = await startScenario(large());
  const query = buildQuery("large.example");
  const reply = await scenario.udp().ask(query);
  assertTruncated(query, reply);
  assertLessOrEqual(reply.octets.length, 512);
  assertGreater(reply.octets.length + RECORD_LENGTH, 512, "not one more fits");
  const all = parseMessage(
    buildResponse(reply, { answers: addressRecords("large.example", LARGE) }),
  );
  assertEquals(reply.answers, all.answers.slice(0, reply.answers.length));
});

Deno.test("Forwarder answers a truncated question in full over TCP (RFC 7766, 5; TRUNC-03; D24)", async () => {
  await using scenario = await startScenario(large());
  for (const edns of [false, true]) {
    const query = buildQuery("large.example", { edns });
    assertTruncated(query, await scenario.udp().ask(query));
    const reply = await (await scenario.tcp()).ask(query);
    assertAnswered(query, reply);
    assertEquals(reply.answers.length, LARGE);
  }
});

const LIMITS: [number, boolean | { payloadSize: number }][] = [
  [512, false],
  [512, { payloadSize: 512 }],
  [777, { payloadSize: 777 }],
  [1232, { payloadSize: 1232 }],
  [1232, { payloadSize: 4096 }],
];

for (const [limit, edns] of LIMITS) {
  Deno.test(`Forwarder delivers ${limit} octets whole and truncates one more, client size ${edns && edns !== true ? edns.payloadSize : "unknown"} (MSG-15, TRUNC-02)`, async () => {
    const own = edns ? OPT_LENGTH : 0;
    await using scenario = await startScenario({
      script: (query) => {
        const empty = query.response({ answers: [], edns: false }).length;
        const size = parseInt(query.name) - empty - own;
        return query.answer({ answers: textRecords(query.name, size) });
      },
    });
    const fitting = buildQuery(`${limit}.example`, { type: TYPE.TXT, edns });
    const reply = await scenario.udp().ask(fitting);
    assertAnswered(fitting, reply);
    assertEquals(reply.octets.length, limit);
    const over = buildQuery(`${limit + 1}.example`, { type: TYPE.TXT, edns });
    assertTruncated(over, await scenario.udp().ask(over));
  });
}

async function replyTo(
  input: (name: string) => ResponseInput,
  edns: boolean,
): Promise<[Uint8Array, Message]> {
  await using scenario = await startScenario({
    script: (query) => query.answer(input(query.name)),
  });
  const query = buildQuery("sections.example", { edns });
  return [query, await scenario.udp().ask(query)];
}

for (const edns of [false, true]) {
  const client = edns ? "with EDNS" : "without EDNS";

  Deno.test(`Forwarder leaves out additional records first, without TC, for a client ${client} (RFC 2181, 9; TRUNC-02)`, async () => {
    const [query, reply] = await replyTo((name) => ({
      answers: addressRecords(name, 20),
      authorities: [{ name: "example", type: TYPE.NS, data: [{ name: "ns.example" }] }],
      additionals: addressRecords("ns.example", 70),
    }), edns);
    assertAnswered(query, reply);
    assertEquals(reply.answers.length, 20);
    assertEquals(reply.authorities.length, 1);
    assert(reply.additionals.length < 70);
  });

  Deno.test(`Forwarder sets TC when authority records do not fit, for a client ${client} (RFC 2181, 9; TRUNC-02)`, async () => {
    const [query, reply] = await replyTo((name) => ({
      answers: addressRecords(name, 5),
      authorities: addressRecords("example", 80),
    }), edns);
    assertTruncated(query, reply);
    assertEquals(reply.answers.length, edns ? 0 : 5);
  });
}

Deno.test("Forwarder leaves out extended errors rather than data (RFC 8914, 3; EDE-01, TRUNC-02; Q8)", async () => {
  const [query, reply] = await replyTo((name) => ({
    answers: addressRecords(name, 74),
    edns: { options: [extendedErrorOption(4, "x".repeat(60))] },
  }), true);
  assertAnswered(query, reply);
  assertEquals(reply.answers.length, 74);
  assertEquals(reply.extendedErrors.filter(({ text }) => text !== ""), []);
});

Deno.test("Forwarder does not truncate over TCP (RFC 7766, 8; TRUNC-02)", async () => {
  await using scenario = await startScenario(large());
  const query = buildQuery("large.example", { edns: { payloadSize: 512 } });
  const reply = await (await scenario.tcp()).ask(query);
  assertAnswered(query, reply);
  assertEquals(reply.answers.length, LARGE);
});

Deno.test("Forwarder with --truncate answers every query over UDP with TC at once and serves TCP (RFC 7766, 5)", async () => {
  await using scenario = await startScenario({
    args: ["--truncate"],
    script: (query) => query.answer({ answers: [addressRecord(query.name)] }),
  });
  for (const edns of [false, true]) {
    const query = buildQuery("small.example", { edns });
    const reply = await scenario.udp().ask(query, 1500);
    assertTruncated(query, reply);
    assertEquals([reply.answers.length, reply.opts.length], [0, edns ? 1 : 0]);
    assertLessOrEqual(reply.octets.length, query.length);
    assertEquals(scenario.upstream.queries.length, 0);
  }
  const query = buildQuery("small.example");
  assertAnswered(query, await (await scenario.tcp()).ask(query));
});
