/** When an upstream connects again without a query that asks for it (Q24). */

import { assertEquals } from "@std/assert";
import { DialError } from "../../../lib/net/dial_error.ts";
import { type UpstreamStage, upstreamTest } from "./upstream_stage.ts";

const REFUSED = new DialError("connect", "connection refused", new Error());

/** The connection is used, and `idle` milliseconds later the upstream closes it. */
async function closeIdle(stage: UpstreamStage, idle: number, timeout?: number): Promise<void> {
  await stage.use(timeout);
  await stage.pass(idle);
  await stage.stream.end();
}

upstreamTest(
  "Upstream connects again at once, and sends nothing, where the upstream closes after a short idleness (Q24)",
  async (stage) => {
    await closeIdle(stage, 2000);
    assertEquals([stage.attempts, stage.stream.queries.length], [[0, 2000], 0]);
    await stage.pass(1000);
    await stage.use();
    assertEquals([stage.streams.length, stage.upstream.counters.resent], [2, 0]);
  },
);

upstreamTest(
  "Upstream connects again once for each time that the connection was used, not for one that was not",
  async (stage) => {
    for (let round = 1; round <= 3; round++) {
      await closeIdle(stage, 5500 - 1500 * round);
      assertEquals(stage.streams.length, 2 * round);
      await stage.pass(300);
      await stage.stream.end();
      await stage.pass(10_000);
      assertEquals([stage.streams.length, stage.clock.running], [2 * round, 0]);
    }
  },
);

upstreamTest(
  "Upstream learns nothing from the end of a connection that was not used, neither theirs nor ours",
  async (stage) => {
    await closeIdle(stage, 4000);
    await stage.pass(2000);
    await stage.stream.end();
    await stage.use();
    await stage.pass(3499);
    assertEquals(stage.stream.isClosed, false);
    await stage.pass(1);
    assertEquals(stage.stream.isClosed, true);
  },
);

upstreamTest(
  "Upstream closes a connection that it opened in advance when that stays unused, and opens no other",
  async (stage) => {
    await closeIdle(stage, 2000);
    await stage.pass(1500);
    assertEquals(stage.stream.isClosed, true);
    await stage.pass(100_000);
    assertEquals([stage.attempts.length, stage.clock.running], [2, 0]);
  },
);

upstreamTest(
  "Upstream waits for a query where its connection ends at once, after long, or by itself",
  async (stage) => {
    await closeIdle(stage, 900);
    assertEquals(stage.attempts.length, 1, "at once");
    await closeIdle(stage, 30_000, 600);
    assertEquals(stage.attempts.length, 2, "after long");
    await stage.use(30);
    await stage.pass(10_000);
    assertEquals([stage.attempts.length, stage.stream.isClosed], [3, true], "by itself");
  },
);

upstreamTest(
  "Upstream takes it for no failure when it cannot connect in advance: the next query tries at once",
  async (stage) => {
    await stage.use();
    await stage.pass(2000);
    stage.attempt = REFUSED;
    await stage.stream.end();
    assertEquals(stage.attempts, [0, 2000]);
    await stage.pass(10_000);
    assertEquals(stage.attempts, [0, 2000], "nobody waits");
    assertEquals(stage.lines.filter((line) => line.startsWith("warning")), []);
    stage.attempt = "connect";
    const tokens = await stage.askMany(2);
    await stage.stream.answerAll();
    assertEquals(stage.recorder.answered.slice(1), tokens);
    assertEquals(stage.upstream.counters.failed, 0);
  },
);

upstreamTest(
  "Upstream lets a query wait for the connection that is being opened in advance",
  async (stage) => {
    for (const error of [undefined, REFUSED]) {
      await stage.use();
      await stage.pass(1400);
      stage.attempt = "hang";
      await stage.stream.end();
      const token = await stage.asked("www.example");
      stage.attempt = "connect";
      await stage.resolveAttempt(error);
      await stage.pass(300);
      await stage.stream.answer("www.example");
      assertEquals(stage.recorder.response(token).rcode, 0);
    }
    assertEquals(stage.upstream.counters.failed, 0);
  },
);

upstreamTest("Upstream.stop() ends an attempt in advance as any other", async (stage) => {
  await stage.use();
  await stage.pass(2000);
  stage.attempt = "hang";
  await stage.stream.end();
  stage.upstream.stop();
  await stage.resolveAttempt();
  assertEquals(stage.stream.isClosed, true);
});
