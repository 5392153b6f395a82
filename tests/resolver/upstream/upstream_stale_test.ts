/**
 * Queries that meet a connection which the upstream is just closing, or has closed, because it was idle
 * (RFC 7858, 3.4; DOT-08, Q3).
 */

import { assertEquals } from "@std/assert";
import { type UpstreamStage, upstreamTest } from "./upstream_stage.ts";

const RESET = () => new Deno.errors.ConnectionReset();

/** A connection that was used and then idle for `idle` ms ends, `count` queries after that. */
async function endStale(stage: UpstreamStage, idle: number, count = 1): Promise<number[]> {
  await stage.use();
  await stage.pass(idle);
  const tokens = await stage.askMany(count, `i${idle}-`);
  await stage.pass(30);
  await stage.stream.end(RESET());
  return tokens;
}

upstreamTest(
  "Upstream sends queries again, all at once, that met the end of an idle connection",
  async (stage) => {
    const tokens = await endStale(stage, 3000, 10);
    assertEquals([stage.streams.length, stage.stream.queries.length], [2, 10]);
    await stage.stream.answerAll();
    assertEquals(stage.recorder.answered.slice(1), tokens);
    assertEquals(stage.upstream.counters.failed, 0);
  },
);

upstreamTest("Upstream suspects no query because it met such ends", async (stage) => {
  const [token] = await endStale(stage, 3000);
  await stage.askMany(40, "other");
  await stage.stream.answerAll(1);
  await stage.stream.end(RESET());
  await stage.askMany(5, "later");
  assertEquals(stage.stream.queries.length, 6, "it need not go alone");
  await stage.stream.answerAll();
  assertEquals(stage.recorder.response(token).rcode, 0);
});

upstreamTest("Upstream learns from such an end how long it may be idle", async (stage) => {
  await endStale(stage, 3000);
  await stage.stream.answerAll();
  await stage.pass(2499);
  assertEquals(stage.stream.isClosed, false);
  await stage.pass(1);
  assertEquals(stage.stream.isClosed, true);
});

upstreamTest(
  "Upstream takes it for no failure where a connection that was opened in advance ends as it is first asked",
  async (stage) => {
    await stage.use();
    await stage.pass(3000);
    await stage.stream.end();
    await stage.pass(1500);
    const tokens = await stage.askMany(5);
    await stage.stream.end(RESET());
    assertEquals([stage.attempts.length, stage.stream.queries.length], [3, 5]);
    await stage.stream.answerAll();
    assertEquals(stage.recorder.answered.slice(1), tokens);
    assertEquals(stage.lines.filter((line) => line.startsWith("warning")), []);
  },
);

upstreamTest(
  "Upstream takes the time before the first query on a connection for no silence",
  async (stage) => {
    await stage.use();
    await stage.pass(3000);
    await stage.stream.end();
    await stage.pass(1500);
    await stage.asked("slow.example");
    await stage.pass(900);
    assertEquals(stage.streams.length, 2);
    await stage.stream.answer("slow.example");
  },
);

upstreamTest(
  "Upstream takes the idleness before such an end for no stall: it goes on writing queries together",
  async (stage) => {
    await stage.use();
    await stage.pass(3000);
    await stage.askMany(2);
    await stage.stream.end();
    await stage.stream.answerAll();
    assertEquals(stage.stream.writes, 1);
    assertEquals(stage.lines.filter((line) => line.includes("one by one")), []);
  },
);
