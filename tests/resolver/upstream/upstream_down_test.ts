/** Upstreams that cannot be reached (Q21, Q22; DOT-13, DOT-17; matrix A and B). */

import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { DialError } from "../../../lib/net/dial_error.ts";
import { RCODE } from "../../helpers/message.ts";
import { errorsOf } from "../recorder.ts";
import { UpstreamStage, upstreamTest } from "./upstream_stage.ts";

const REFUSED = new DialError("connect", "connection refused");
const EXPIRED = new DialError("TLS time", "certificate expired");
const NETWORK_ERROR = { code: 23, text: "upstream dns.example: connection refused" };

function codes(stage: UpstreamStage, token: number): number[] {
  return errorsOf(stage.recorder.failure(token)).map(({ code }) => code);
}

upstreamTest(
  "Upstream tries again after 0.25, 0.5, 1 and 2 s while a query waits (DOT-17)",
  async (stage) => {
    stage.attempt = REFUSED;
    await stage.asked();
    await stage.pass(4400);
    assertEquals(stage.attempts.map(Math.round), [0, 250, 750, 1750, 3750]);
  },
);

upstreamTest(
  "Upstream answers a query that waits, once the upstream is there (A17)",
  async (stage) => {
    stage.attempt = REFUSED;
    const token = await stage.asked();
    await stage.pass(1000);
    stage.attempt = "connect";
    await stage.pass(800);
    await stage.stream.answer("www.example");
    assertEquals([stage.recorder.response(token).rcode, stage.upstream.counters.failedAttempts], [
      0,
      3,
    ]);
  },
);

upstreamTest(
  "Upstream fails the first query with 23 and its cause after 4.5 s, later ones at once with 22 and 23 (Q21, A9; 1.9)",
  async (stage) => {
    stage.attempt = REFUSED;
    const first = await stage.asked();
    await stage.pass(4400);
    assertEquals(stage.recorder.outcome(first), undefined);
    await stage.pass(200);
    assert(codes(stage, first).includes(23));
    assert(errorsOf(stage.recorder.failure(first)).some(({ text }) => text === NETWORK_ERROR.text));
    const second = await stage.asked();
    const third = await stage.asked();
    await stage.pass(0);
    for (const token of [second, third]) {
      assertEquals(stage.recorder.failure(token).rcode, RCODE.SERVFAIL);
      assertEquals(codes(stage, token), [22, 23, 14], "14: there was no connection yet");
    }
  },
);

upstreamTest(
  "Upstream fails queries within a second where there is no route, and serves again when there is (A18)",
  async (stage) => {
    stage.attempt = new DialError("connect", "network unreachable", { code: "ENETUNREACH" });
    const first = await stage.asked();
    await stage.pass(400);
    assertEquals(stage.recorder.outcome(first), undefined, "the route may just be changing");
    await stage.pass(600);
    assert(codes(stage, first).includes(23));
    const second = await stage.asked();
    assert(codes(stage, second).includes(22), "at once");
    stage.attempt = "connect";
    await stage.pass(2000);
    await stage.asked("back.example");
    await stage.stream.answer("back.example");
    assertEquals(stage.recorder.answered.length, 1);
  },
);

upstreamTest("Upstream no longer says 14 once it has been connected (1.9)", async (stage) => {
  await stage.asked("one.example");
  await stage.stream.answer("one.example");
  await stage.stream.end();
  stage.attempt = REFUSED;
  await stage.asked("two.example");
  await stage.pass(4600);
  const token = await stage.asked("three.example");
  await stage.asked("four.example");
  assertEquals(codes(stage, token), [22, 23]);
});

upstreamTest(
  "Upstream that is down is asked once a second or two, and is back within two seconds of its return (A17, DOT-17, Q21)",
  async (stage) => {
    stage.attempt = REFUSED;
    for (let tenth = 0; tenth < 300; tenth++) {
      stage.ask(`n${tenth}.example`);
      await stage.pass(100);
    }
    assertLessOrEqual(stage.attempts.length, 20, "attempts in half a minute");
    assertGreaterOrEqual(stage.attempts.length, 12);
    stage.attempt = "connect";
    const returned = stage.time;
    for (let tenth = 0; stage.streams.length === 0; tenth++) {
      await stage.asked(`m${tenth}.example`);
      await stage.pass(100);
    }
    assertLessOrEqual(stage.time - returned, 2000);
    await stage.stream.answer(stage.stream.names[0]);
    const token = await stage.asked("well.example");
    await stage.stream.answer("well.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
  },
);

upstreamTest("Upstream does not connect while nobody asks", async (stage) => {
  stage.attempt = REFUSED;
  await stage.asked();
  await stage.pass(5000);
  const { length } = stage.attempts;
  await stage.pass(60_000);
  assertEquals([stage.attempts.length, stage.clock.running], [length, 0]);
});

upstreamTest(
  "Upstream fails queries at once where the certificate is wrong, and sends nothing (RFC 8310, 5; DOT-13, B1, B2)",
  async (stage) => {
    stage.attempt = EXPIRED;
    const token = await stage.asked();
    assertEquals(stage.time, 0);
    assertEquals(errorsOf(stage.recorder.failure(token)), [
      { code: 23, text: "upstream dns.example: certificate expired" },
    ]);
    const later = await stage.asked();
    assertEquals(codes(stage, later).includes(22), true);
    assertEquals([stage.attempts.length, stage.streams.length], [1, 0]);
  },
);

upstreamTest(
  "Upstream looks at a certificate again a second or so later, and serves once it is right (B5)",
  async (stage) => {
    stage.attempt = EXPIRED;
    await stage.asked();
    stage.attempt = "connect";
    await stage.pass(2000);
    const token = await stage.asked();
    await stage.stream.answer("www.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
  },
);

upstreamTest("Upstream makes one attempt at a time, for all queries (A10)", async (stage) => {
  stage.attempt = "hang";
  await stage.askMany(50);
  await stage.pass(3000);
  await stage.askMany(50, "m");
  assertEquals(stage.attempts.length, 1);
  await stage.resolveAttempt();
  assertEquals(stage.stream.queries.length, 100);
  await stage.stream.answerAll();
  assertEquals(stage.recorder.answered.length, 100);
});

upstreamTest("Upstream logs each cause once, and the return (E3)", async (stage) => {
  stage.attempt = REFUSED;
  await stage.asked();
  await stage.pass(1000);
  stage.attempt = "connect";
  await stage.pass(1000);
  await stage.stream.answer("www.example");
  assertEquals(stage.lines.filter((line) => !line.startsWith("debug")), [
    "warning: Cannot reach upstream tls://192.0.2.53:853#dns.example: connection refused",
    "info: Connected to upstream tls://192.0.2.53:853#dns.example in 0 ms",
    "info: Upstream tls://192.0.2.53:853#dns.example answers again after 2.0 s and 3 failed attempts",
  ]);
});

upstreamTest("Upstream is not down for errors that it answers with (Q22, 0.9)", async (stage) => {
  for (const [number, rcode] of [2, 5, 3, 2, 2].entries()) {
    const token = await stage.asked(`n${number}.example`);
    await stage.stream.answer(`n${number}.example`, { rcode });
    assertEquals(stage.recorder.response(token).rcode, rcode);
  }
  assertEquals([stage.streams.length, stage.upstream.counters.failed], [1, 0]);
});

upstreamTest(
  "Upstream that accepts and closes at once is failing, not well (A9)",
  async (stage) => {
    const token = await stage.asked();
    for (let count = 0; count < 60 && stage.recorder.outcome(token) === undefined; count++) {
      if (!stage.stream.isClosed) await stage.stream.end();
      await stage.pass(100);
    }
    assertEquals(codes(stage, token).includes(23), true);
    assertLessOrEqual(stage.attempts.length, 5);
  },
);
