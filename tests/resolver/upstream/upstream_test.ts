import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { OVERLOAD, STOPPING } from "../../../lib/resolver/failure.ts";
import { UpstreamCounters } from "../../../lib/resolver/upstream/upstream_counters.ts";
import { settled } from "../../helpers/fake_clock.ts";
import { FLAG, parseMessage } from "../../helpers/message.ts";
import { buildResponse } from "../../helpers/query.ts";
import { FakeResolver } from "../recorder.ts";
import { IDLE, UpstreamStage, upstreamTest } from "./upstream_stage.ts";

upstreamTest(
  "Upstream connects for the first query, sends it and tells the response",
  async (stage) => {
    assertEquals(stage.attempts, []);
    const token = await stage.asked("www.example");
    assertEquals([stage.attempts.length, stage.stream.names], [1, ["www.example"]]);
    await stage.stream.answer("www.example");
    assertEquals(stage.recorder.response(token).answers.length, 1);
    assertEquals(stage.upstream.pending, 0);
  },
);

upstreamTest(
  "Upstream sends queries without waiting for responses, all of a turn in one write (RFC 7766, 6.2.1.1; DOT-02, DOT-03)",
  async (stage) => {
    const tokens = await stage.askMany(100);
    assertEquals([stage.streams.length, stage.stream.queries.length, stage.stream.writes], [
      1,
      100,
      1,
    ]);
    await stage.askMany(100, "later");
    assertEquals([stage.stream.queries.length, stage.stream.writes], [200, 2]);
    await stage.stream.answerAll();
    assertEquals(stage.recorder.answered.slice(0, 100), tokens);
  },
);

upstreamTest(
  "Upstream uses one connection for all, and keeps it open (RFC 7858, 3.4; DOT-06, DOT-07)",
  async (stage) => {
    for (let round = 0; round < 50; round++) {
      await stage.asked(`n${round}.example`);
      await stage.stream.answer(`n${round}.example`);
      await stage.pass(1000);
    }
    assertEquals([stage.attempts.length, stage.upstream.counters.answered], [1, 50]);
  },
);

upstreamTest("Upstream tells responses in the order in which they come (C1)", async (stage) => {
  await stage.askMany(5);
  for (const number of [4, 2, 0, 1, 3]) await stage.stream.answer(`n${number}.example`);
  assertEquals(stage.recorder.answered, [5, 3, 1, 2, 4]);
});

upstreamTest(
  "Upstream uses IDs of its own, no two the same in flight (RFC 7766, 6.2.1; DOT-04)",
  async (stage) => {
    await stage.askMany(1000);
    const ids = stage.stream.queries.map((query) => query.id);
    assertEquals(new Set(ids).size, 1000);
    const followers = ids.filter((id, at) => id === ids[at - 1] + 1).length;
    assert(followers < 10, `${followers} IDs follow the one before`);
  },
);

upstreamTest(
  "Upstream pads queries where they are encrypted (RFC 8467, 4.1; PAD-01)",
  async (stage) => {
    await stage.asked("www.example");
    const [{ octets, opt }] = stage.stream.queries;
    assertEquals([octets.length % 128, opt?.options.map(({ code }) => code)], [0, [11, 12]]);
  },
);

upstreamTest(
  "Upstream does not pad queries in the clear (RFC 7830, 6)",
  async (stage) => {
    await stage.asked("www.example");
    assertEquals(stage.stream.queries[0].opt?.options.map(({ code }) => code), [11]);
  },
  { isEncrypted: false },
);

upstreamTest("Upstream passes AD on where it may be believed (VAL-03)", async (stage) => {
  const token = await stage.asked("www.example");
  await stage.stream.answer("www.example", { moreFlags: FLAG.AD });
  assertEquals(stage.recorder.response(token).flags & FLAG.AD, FLAG.AD);
});

upstreamTest(
  "Upstream clears AD where anyone may have set it (RFC 4035, 4.9.3; VAL-03)",
  async (stage) => {
    const token = await stage.asked("www.example");
    await stage.stream.answer("www.example", { moreFlags: FLAG.AD | FLAG.AA });
    assertEquals(stage.recorder.response(token).flags & (FLAG.AD | FLAG.AA), FLAG.AA);
  },
  { isTrusted: false },
);

upstreamTest(
  "Upstream changes no bit of a signed response, not even AD where it is not believed (RFC 5625, 4.5; RFC 8945, 5.5; TSIG-01)",
  async (stage) => {
    const tsig = { name: "key", type: 250, data: new Uint8Array(40) };
    const token = await stage.asked("www.example", { edns: false, additionals: [tsig] });
    await stage.stream.answer("www.example", { moreFlags: FLAG.AD, additionals: [tsig] });
    assertEquals(stage.recorder.response(token).flags & FLAG.AD, FLAG.AD);
  },
  { isTrusted: false },
);

upstreamTest(
  "Upstream fails at once what finds no room (Q1)",
  async (stage) => {
    const tokens = await stage.askMany(4);
    assertStrictEquals(stage.recorder.failure(tokens[3]), OVERLOAD);
    assertEquals([stage.stream.queries.length, stage.upstream.counters.overload], [3, 1]);
    await stage.stream.answerAll();
    assertEquals(stage.recorder.answered, tokens.slice(0, 3));
  },
  { capacity: 3 },
);

upstreamTest(
  "Upstream closes a connection on which nothing was asked for a while, and opens one for the next query (DOT-08, Q24)",
  async (stage) => {
    await stage.asked("one.example");
    await stage.stream.answer("one.example");
    await stage.pass(IDLE - 1);
    assertEquals(stage.stream.isClosed, false);
    await stage.pass(1001);
    assertEquals([stage.stream.isClosed, stage.clock.running], [true, 0]);
    const token = await stage.asked("two.example");
    assertEquals(stage.streams.length, 2);
    await stage.stream.answer("two.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
    assertEquals(stage.upstream.counters.failed, 0);
  },
);

upstreamTest(
  "Upstream counts idleness from the last response, not from the first query",
  async (stage) => {
    await stage.asked("one.example");
    await stage.pass(4000);
    await stage.stream.answer("one.example");
    await stage.pass(IDLE - 1000);
    assertEquals(stage.stream.isClosed, false);
  },
);

upstreamTest("Upstream runs no timer while there is nothing to do", async (stage) => {
  await stage.asked("one.example");
  await stage.stream.answer("one.example");
  await stage.pass(IDLE + 2000);
  assertEquals(stage.clock.running, 0);
});

Deno.test("Upstream.stop() fails what is pending, closes the connection and takes nothing more", async () => {
  const stage = new UpstreamStage();
  const tokens = await stage.askMany(3);
  await stage.stream.answer("n1.example");
  stage.upstream.stop();
  assertEquals(stage.stream.isClosed, true);
  for (const token of [tokens[0], tokens[2], stage.ask("late.example")]) {
    assertStrictEquals(stage.recorder.failure(token), STOPPING);
  }
  await stage.end();
  assertEquals(stage.streams.length, 1, "no connection is opened again");
});

Deno.test("Upstream.stop() during an attempt closes what comes of it, unused", async () => {
  const stage = new UpstreamStage();
  stage.attempt = "hang";
  const token = await stage.asked("www.example");
  stage.upstream.stop();
  assertStrictEquals(stage.recorder.failure(token), STOPPING);
  await stage.resolveAttempt();
  assertEquals([stage.stream.isClosed, stage.stream.queries.length], [true, 0]);
  await stage.end();
});

Deno.test("Upstreams that count together log the first connection of all, and each its own state", async () => {
  const counters = new UpstreamCounters();
  const stages = [new UpstreamStage({ counters }), new UpstreamStage({ counters })];
  for (const stage of stages) {
    assertEquals(stage.upstream.isConnected, false);
    await stage.use();
    assertEquals(stage.upstream.isConnected, true);
  }
  assertEquals([counters.sent, counters.answered, counters.connections], [2, 2, 2]);
  const infos = stages.map(({ lines }) => lines.filter((line) => line.startsWith("info")).length);
  assertEquals(infos, [1, 0]);
  for (const stage of stages) await stage.end();
});

upstreamTest(
  "Upstream with few message IDs takes no response with one that it does not use",
  async (stage) => {
    const tokens = await stage.askMany(3);
    const asked = stage.stream.queries;
    assertEquals(asked.every(({ id }) => id < 4), true);
    await stage.stream.deliver(buildResponse(asked[0], { id: 60_000 }));
    assertEquals([stage.recorder.answered.length, stage.upstream.counters.unknown], [0, 1]);
    await stage.stream.answerAll();
    assertEquals(stage.recorder.answered, tokens);
  },
  { capacity: 3, ids: 4 },
);

Deno.test("Upstream logs the first connection, and none that follows, above debug", async () => {
  const stage = new UpstreamStage();
  for (let round = 0; round < 3; round++) {
    await stage.asked(`n${round}.example`);
    await stage.stream.answer(`n${round}.example`);
    await stage.stream.end();
    await settled();
  }
  const lines = stage.lines.filter((line) => !line.startsWith("debug"));
  assertEquals(lines, ["info: Connected to upstream tls://192.0.2.53:853#dns.example in 0 ms"]);
  await stage.end();
});

upstreamTest(
  "Upstream.stop() has another resolver asked for what waits and what is in flight, as it was asked",
  async (stage) => {
    const answered = await stage.asked("answered.example");
    await stage.stream.answer("answered.example");
    const tokens = await stage.askMany(3);
    const next = new FakeResolver();
    stage.upstream.stop(next);
    const queries = next.asked.map(({ query }) => parseMessage(query));
    assertEquals(queries.map(({ questions }) => questions[0].name).toSorted(), [
      "n0.example",
      "n1.example",
      "n2.example",
    ]);
    assertEquals(queries.map(({ opts }) => opts.length), [1, 1, 1]);
    for (const { requester, token } of next.asked) requester.fail(token, STOPPING);
    assertEquals(stage.recorder.response(answered).rcode, 0);
    for (const token of tokens) assertEquals(stage.recorder.failure(token), STOPPING);
    assert(stage.stream.isClosed);
  },
);

upstreamTest(
  "Upstream.stop() has another resolver asked for what waits for an attempt, and closes what comes of that",
  async (stage) => {
    stage.attempt = "hang";
    const token = await stage.asked();
    const next = new FakeResolver();
    stage.upstream.stop(next);
    assertEquals(next.asked.length, 1);
    await stage.resolveAttempt();
    assert(stage.stream.isClosed);
    assertEquals(stage.stream.queries.length, 0);
    next.fail(0, STOPPING);
    assertEquals(stage.recorder.failure(token), STOPPING);
  },
);
