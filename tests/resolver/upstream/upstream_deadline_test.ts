/** Queries that get no response in time (Q4; 1.9). */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { RCODE } from "../../helpers/message.ts";
import { settled } from "../../helpers/fake_clock.ts";
import { buildQuery } from "../../helpers/query.ts";
import { asToken, errorsOf, Recorder } from "../recorder.ts";
import { ScriptedStream } from "./scripted_stream.ts";
import { DEADLINE, UpstreamStage, upstreamTest } from "./upstream_stage.ts";

/** The deadline is looked after in ticks of this. */
const TICK = 50;

upstreamTest(
  "Upstream fails a query with 23 after 4.5 s, not before (RFC 8914, 4; Q4, A11, C21)",
  async (stage) => {
    const token = await stage.asked("www.example");
    await stage.pass(DEADLINE - 1);
    assertEquals(stage.recorder.outcome(token), undefined);
    await stage.pass(1 + TICK);
    const failure = stage.recorder.failure(token);
    assertEquals([failure.rcode, failure.isOverload], [RCODE.SERVFAIL, false]);
    const text = "upstream dns.example: no reply within 4.5 s";
    assertEquals(errorsOf(failure), [{ code: 23, text }]);
    assertEquals(failure.remember, "briefly", "the connection may be at fault");
  },
);

upstreamTest("Upstream takes a response until the deadline (C21)", async (stage) => {
  const token = await stage.asked("www.example");
  await stage.pass(DEADLINE - TICK);
  await stage.stream.answer("www.example");
  assertEquals(stage.recorder.response(token).rcode, 0);
});

upstreamTest(
  "Upstream counts the deadline from the query, however often it is sent (Q4)",
  async (stage) => {
    await stage.asked("first.example");
    await stage.stream.answer("first.example");
    const token = await stage.asked("www.example");
    await stage.pass(3000);
    await stage.stream.end();
    assertEquals(stage.stream.names, ["www.example"], "it is sent again");
    await stage.pass(DEADLINE - 3000 + TICK);
    assertEquals(stage.recorder.failure(token).rcode, RCODE.SERVFAIL);
  },
);

upstreamTest(
  "Upstream closes a connection on which nothing came since the query, and sends the others on a new one (Q4, A13)",
  async (stage) => {
    const first = await stage.asked("one.example");
    await stage.pass(2000);
    const second = await stage.asked("two.example");
    const [silent] = stage.streams;
    await stage.pass(DEADLINE - 2000 + TICK);
    assertEquals([silent.isClosed, stage.recorder.failure(first).rcode], [true, RCODE.SERVFAIL]);
    assertEquals(stage.stream.names, ["two.example"]);
    await stage.stream.answer("two.example");
    assertEquals(stage.recorder.response(second).rcode, 0);
  },
);

upstreamTest(
  "Upstream keeps a connection on which other responses come: the name is at fault (Q22, 0.9)",
  async (stage) => {
    const token = await stage.asked("slow.example");
    for (let count = 0; count < 5; count++) {
      await stage.pass(800);
      await stage.asked(`n${count}.example`);
      await stage.stream.answer(`n${count}.example`);
    }
    await stage.pass(500 + TICK);
    const { rcode, remember } = stage.recorder.failure(token);
    assertEquals([rcode, remember], [RCODE.SERVFAIL, "longer"]);
    assertEquals([stage.streams.length, stage.stream.isClosed], [1, false]);
  },
);

upstreamTest("Upstream ignores a late response, and counts it (Q1, A15, C21)", async (stage) => {
  const token = await stage.asked("slow.example");
  await stage.pass(4000);
  await stage.asked("other.example");
  await stage.stream.answer("other.example");
  await stage.pass(600);
  const failure = stage.recorder.failure(token);
  await stage.stream.answer("slow.example");
  assertEquals(stage.recorder.failure(token), failure);
  const { late, unknown } = stage.upstream.counters;
  assertEquals([late, unknown], [1, 0]);
});

/** A server that sends each query back with QR set, at once; notes the IDs. All frames are of one length. */
class Mirror extends ScriptedStream {
  readonly ids: number[] = [];
  isSilent = true;

  override write(octets: Uint8Array): Promise<number> {
    const frames = octets.slice();
    const step = 2 + frames[0] * 256 + frames[1];
    for (let at = 0; at < frames.length; at += step) {
      this.ids.push(frames[at + 2] * 256 + frames[at + 3]);
      frames[at + 4] |= 0x80;
    }
    if (!this.isSilent) this.deliverOctets(frames);
    return Promise.resolve(octets.length);
  }
}

/** Asks so many queries that every ID that may be used is used; returns the IDs. */
async function usedIds(stage: UpstreamStage, mirror: Mirror): Promise<number[]> {
  const query = buildQuery("www.example", { edns: true });
  const { length } = mirror.ids;
  for (let count = 0; count < 66_000; count++) {
    stage.upstream.resolve(query, new Recorder(), asToken(count));
    if (count % 1000 === 999) await settled();
  }
  assertEquals(mirror.ids.length, length + 66_000);
  return mirror.ids.slice(length);
}

Deno.test("Upstream lets no late response meet another query: its ID stays out of use until the connection is gone (Q1, DOT-04)", async () => {
  const mirrors = [new Mirror(), new Mirror()];
  let dialed = 0;
  const stage = new UpstreamStage({ dial: () => Promise.resolve(mirrors[dialed++]) });
  await stage.askMany(100);
  const owed = new Set(mirrors[0].ids);
  for (const mirror of mirrors) mirror.isSilent = false;
  for (let count = 0; count < 6; count++) {
    await stage.asked("alive.example");
    await stage.pass(800);
  }
  assertEquals(stage.upstream.counters.failed, 100);
  const used = await usedIds(stage, mirrors[0]);
  assertEquals([used.filter((id) => owed.has(id)), new Set(used).size], [[], 65_436]);
  await mirrors[0].end();
  await stage.asked("again.example");
  assertEquals(new Set(await usedIds(stage, mirrors[1])).size, 65_536);
  await stage.end();
});

upstreamTest(
  "Upstream replaces a connection on which more than 1,000 queries were never answered (Q1)",
  async (stage) => {
    for (let second = 0; second < 30 && stage.streams.length === 1 || second === 0; second++) {
      await stage.askMany(100, `s${second}-`);
      await stage.asked(`alive${second}.example`);
      await stage.stream.answer(`alive${second}.example`);
      await stage.pass(1000);
    }
    assertEquals([stage.streams[0].isClosed, stage.streams.length], [true, 2]);
    assertLessOrEqual(stage.time, 17_000);
  },
);

upstreamTest(
  "Upstream sends all that waits in one burst after a connection that it closed itself (Q3, DOT-03)",
  async (stage) => {
    await stage.asked("first.example");
    await stage.pass(1000);
    const tokens = await stage.askMany(20);
    await stage.pass(DEADLINE - 1000 + TICK);
    assertEquals(stage.streams.map((stream) => stream.isClosed), [true, true, false]);
    assertEquals([stage.stream.queries.length, stage.stream.writes], [20, 1]);
    await stage.stream.answerAll();
    assertEquals(stage.recorder.answered, tokens);
  },
);

upstreamTest(
  "Upstream gives up a connection that stops in the middle of a message, before the deadline (C15)",
  async (stage) => {
    const token = await stage.asked("www.example");
    await stage.stream.deliverOctets(Uint8Array.of(0xff, 0xff, ...new Array(30).fill(1)));
    await stage.pass(2000);
    assertEquals([stage.streams[0].isClosed, stage.streams.length], [true, 2]);
    await stage.stream.answer("www.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
  },
);

upstreamTest(
  "Upstream fails a query that waits for an attempt, after 4.5 s (A10)",
  async (stage) => {
    stage.attempt = "hang";
    const token = await stage.asked("www.example");
    await stage.pass(DEADLINE - 1);
    assertEquals(stage.recorder.outcome(token), undefined);
    await stage.pass(1 + TICK);
    const failure = stage.recorder.failure(token);
    assertEquals([errorsOf(failure)[0].code, failure.remember], [23, "never"]);
    assertEquals(stage.attempts.length, 1, "one attempt at a time");
    await stage.resolveAttempt();
  },
);

Deno.test("Upstream answers or fails each query within 4.5 s, whatever the connection does", async () => {
  const stage = new UpstreamStage();
  const asked = new Map<number, number>();
  const start = stage.time;
  for (let step = 0; step < 200; step++) {
    asked.set(await stage.asked(`n${step}.example`), stage.time);
    if (step % 7 === 3) await stage.stream?.answer(stage.stream.names.at(-1) ?? "");
    if (step % 31 === 30) await stage.stream?.end();
    await stage.pass(100);
    for (const [token, time] of asked) {
      if (stage.recorder.outcome(token) !== undefined) asked.delete(token);
      else assertLessOrEqual(stage.time - time, DEADLINE + TICK, `after ${stage.time - start} ms`);
    }
  }
  await stage.end();
});

upstreamTest(
  "Upstream reads what has arrived before it judges by the time, after the program stood still (Q22, Q23)",
  async (stage) => {
    const tokens = await stage.askMany(20);
    stage.clock.standStill(10_000);
    await stage.stream.answerAll();
    await stage.asked("next.example");
    await stage.stream.answer("next.example");
    assertEquals([stage.recorder.answered.length, stage.streams.length], [tokens.length + 1, 1]);
  },
);
