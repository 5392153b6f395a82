/** What comes from the upstream: matched, framed, in time or not at all (matrix C, first half). */

import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { exchange } from "../helpers/client.ts";
import { assertAnswered, assertServerFailure } from "../helpers/expect.ts";
import { FLAG, frame, TYPE } from "../helpers/message.ts";
import { addressRecord, buildQuery, type ResponseInput } from "../helpers/query.ts";
import { type Scenario, startScenario } from "../helpers/scenario.ts";
import { numberedNames } from "../helpers/steady_client.ts";
import type { Query } from "../helpers/upstream_connection.ts";

const RIGHT_AFTER = 300;

/** An answer of its own address for each query. */
function ownAnswer(query: Query): ResponseInput {
  return { answers: [addressRecord(query.name, query.index)] };
}

/** All of `count` queries are answered, each with its own address. */
async function assertAllAnswered(scenario: Scenario, count: number): Promise<void> {
  const queries = numberedNames(count).map((name) => buildQuery(name));
  const replies = await exchange(scenario.udp(), queries);
  queries.forEach((query, i) => assertAnswered(query, replies[i]));
  const sent = new Map(scenario.upstream.queries.map((query) => [query.name, query.index]));
  for (const { answers: [answer] } of replies) assertEquals(answer.data[3], sent.get(answer.name));
}

async function assertGoodQuery(scenario: Scenario, name = "good.example"): Promise<void> {
  const query = buildQuery(name);
  assertAnswered(query, await scenario.udp().ask(query, 2000));
}

Deno.test("Forwarder accepts responses in any order (RFC 7766, 7; C1)", async () => {
  await using scenario = await startScenario({
    script: async (_, { queries }) => {
      if (queries.length < 100) return;
      for (const query of queries.toReversed()) await query.answer(ownAnswer(query));
    },
  });
  await assertAllAnswered(scenario, 100);
});

Deno.test("Forwarder delivers a response once when it comes twice (C2)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.connection.send(query.response(), query.response()),
  });
  const client = scenario.udp();
  const queries = numberedNames(25).map((name) => buildQuery(name));
  await exchange(client, queries);
  const last = buildQuery("last.example");
  assertAnswered(last, await client.ask(last));
  assertEquals(client.replies.all.length, 26);
});

const WRONG: [string, string, (query: Query) => Uint8Array][] = [
  ["another ID", "C3", (query) => query.response({ id: query.message.id ^ 0x5555 })],
  ["another name", "C5", (query) => withQuestion(query, { name: "wrong.example" })],
  ["another type", "C5", (query) => withQuestion(query, { type: TYPE.AAAA })],
  ["another class", "C5", (query) => withQuestion(query, { class: 3 })],
  ["QR=0", "C10", (query) => query.response({ flags: FLAG.RD })],
  ["another opcode", "C11", (query) => query.response({ moreFlags: 5 << 11 })],
  ["NOERROR but no question", "Q13", (query) => query.response({ questions: [] })],
  ["two questions", "MATCH-01", (query) => {
    const { questions } = query.message;
    return query.response({ questions: [...questions, ...questions] });
  }],
];

function withQuestion(query: Query, change: object): Uint8Array {
  const [question] = query.message.questions;
  return query.response({ questions: [{ ...question, ...change }] });
}

for (const [what, row, wrong] of WRONG) {
  Deno.test(`Forwarder ignores a response with ${what} and delivers the right one after it (RFC 7766, 7; RFC 5452, 9.1; ${row})`, async () => {
    await using scenario = await startScenario({
      script: async (query, upstream) => {
        if (query.name === "good.example") return await query.answer();
        await query.connection.send(wrong(query));
        await upstream.delay(RIGHT_AFTER);
        await query.answer({ answers: [addressRecord(query.name, 77)] });
      },
    });
    await assertGoodQuery(scenario);
    const query = buildQuery("right.example");
    const client = scenario.udp();
    const reply = await client.ask(query);
    assertAnswered(query, reply);
    assertEquals(reply.answers[0].data[3], 77);
    assertGreaterOrEqual(client.replies.all[0].time, RIGHT_AFTER - 5);
    assertEquals(scenario.upstream.sends("right.example"), 1);
  });
}

Deno.test("Forwarder accepts a response in another case and gives the client its own (RFC 4343, 3; C6; Q11)", async () => {
  await using scenario = await startScenario({
    script: (query) => {
      const name = query.name.toLowerCase();
      return query.answer({ questions: [{ ...query.message.questions[0], name }] });
    },
  });
  for (const name of ["MiXeD.ExAmPlE", "UPPER.EXAMPLE", "lower.example"]) {
    const query = buildQuery(name);
    assertAnswered(query, await scenario.udp().ask(query));
  }
});

for (const length of [0, 5, 11]) {
  const row = length === 0 ? "C13" : "C14";
  const bad = frame(new Uint8Array(length));

  Deno.test(`Forwarder ignores one frame of ${length} octets (${row}; Q14)`, async () => {
    await using scenario = await startScenario({
      script: async (query) => {
        if (query.index === 0) await query.connection.sendRaw(bad);
        await query.answer();
      },
    });
    await assertGoodQuery(scenario);
    await assertGoodQuery(scenario, "next.example");
    assertEquals(scenario.upstream.connections.length, 1);
  });

  Deno.test(`Forwarder connects anew after two frames of ${length} octets and loses nothing (${row}; Q14)`, async () => {
    await using scenario = await startScenario({
      script: async (query) => {
        if (query.connection.number > 0) return await query.answer();
        await query.connection.sendRaw(bad);
        await query.connection.sendRaw(bad);
      },
    });
    const query = buildQuery("framing.example");
    assertAnswered(query, await scenario.udp().ask(query));
    assertEquals(scenario.upstream.connections.length, 2);
    assertEquals(scenario.upstream.connections[0].ending, "forwarder");
  });
}

Deno.test("Forwarder does not wait behind a frame that never ends (Q4; C15)", async () => {
  await using scenario = await startScenario({
    script: async (query) => {
      if (query.connection.number > 0) return await query.answer();
      const start = new Uint8Array(32).fill(0x61);
      start.set([0xff, 0xff]);
      if (query.index === 0) await query.connection.sendRaw(start);
    },
  });
  const client = scenario.udp();
  const first = buildQuery("first.example");
  await client.send(first);
  await scenario.upstream.received(1);
  const later = buildQuery("later.example");
  await client.send(later);
  const replies = [await client.next(), await client.next()];
  const reply = replies.find((reply) => reply.id === later[0] * 256 + later[1]);
  assertEquals(reply?.rcode, 0, "the query after it is answered over a second connection");
  assertEquals(scenario.upstream.connections.length, 2);
});

Deno.test("Forwarder puts together a response of TLS records of one octet (RFC 7766, 8; C19)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.connection.sendInPieces(frame(query.response())),
  });
  await assertGoodQuery(scenario);
});

Deno.test("Forwarder takes apart one TLS record with 100 responses (RFC 7766, 8; C20)", async () => {
  await using scenario = await startScenario({
    script: async ({ connection }, { queries }) => {
      if (queries.length < 100) return;
      await connection.send(...queries.map((query) => query.response(ownAnswer(query))));
    },
  });
  await assertAllAnswered(scenario, 100);
});

Deno.test("Forwarder puts together a response of forty TLS records (RFC 7766, 8; C20)", async () => {
  await using scenario = await startScenario({
    script: (query) => {
      const response = frame(query.response({ edns: { payloadSize: 4096 } }));
      return query.connection.sendInPieces(response, Math.ceil(response.length / 40));
    },
  });
  await assertGoodQuery(scenario);
});

Deno.test("Forwarder delivers responses within 4.5 seconds and answers SERVFAIL for later ones (Q4; C21)", async () => {
  const delays = [3000, 3500, 6500, 9000];
  let start = performance.now();
  await using scenario = await startScenario({
    script: async (query, upstream) => {
      const wanted = parseInt(query.name) || 0;
      await upstream.delay(Math.max(0, wanted - (performance.now() - start)));
      await query.answer();
    },
  });
  await assertGoodQuery(scenario);
  const client = scenario.udp();
  const queries = delays.map((delay) => buildQuery(`${delay}.example`, { edns: true }));
  start = performance.now();
  const replies = await exchange(client, queries);
  for (const i of [0, 1]) assertAnswered(queries[i], replies[i], `after ${delays[i]} ms`);
  for (const i of [2, 3]) assertServerFailure(queries[i], replies[i], [23]);
  for (const { time } of client.replies.all.slice(2)) {
    assertGreaterOrEqual(time, 4200);
    assertLess(time, 6500, "before the late answer");
  }
  await scenario.upstream.delay(200);
  await assertGoodQuery(scenario, "after.example");
  assertEquals(client.replies.all.length, 4, "the late response is not delivered");
});
