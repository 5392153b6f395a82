/** Connections that fall silent are replaced before they are given up (Q4; A11, A13, A15). */

import { assert, assertEquals } from "@std/assert";
import { DialError } from "../../../lib/net/dial_error.ts";
import { RCODE } from "../../helpers/message.ts";
import { errorsOf } from "../recorder.ts";
import { DEADLINE, type UpstreamStage, upstreamTest } from "./upstream_stage.ts";

const TICK = 50;
/** Until a second connection is opened, and until queries are sent there too. */
const SILENCE = 1000 + TICK;
const GRACE = 300;

/** A connection that answered once, and then falls silent with queries in flight; their tokens. */
async function silenced(stage: UpstreamStage, count = 3): Promise<number[]> {
  await stage.asked("first.example");
  await stage.stream.answer("first.example");
  const tokens = await stage.askMany(count);
  await stage.pass(SILENCE + GRACE);
  return tokens;
}

upstreamTest(
  "Upstream opens a second connection after a second of silence, and sends there too what waits (Q4, A11, A13)",
  async (stage) => {
    const tokens = await silenced(stage);
    const [silent, second] = stage.streams;
    assertEquals(stage.streams.length, 2);
    assertEquals([second.names, second.writes], [["n0.example", "n1.example", "n2.example"], 1]);
    assertEquals(silent.isClosed, false, "it may still answer");
    await second.answerAll();
    assertEquals(stage.recorder.answered.slice(1), tokens);
    await stage.pass(TICK);
    assertEquals([silent.isClosed, second.isClosed], [true, false]);
    assertEquals(stage.lines.filter((line) => line.includes("Replaced a silent")).length, 1);
  },
);

upstreamTest(
  "Upstream sends nothing twice to a server that answers 0.2 s after a second connection is open (D3)",
  async (stage) => {
    const token = await stage.asked("www.example");
    await stage.pass(1200);
    assertEquals(stage.streams.map(({ names }) => names), [["www.example"], []]);
    await stage.streams[0].answer("www.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
    await stage.pass(TICK);
    assertEquals(stage.streams.map((stream) => stream.isClosed), [false, true]);
  },
);

upstreamTest("Upstream sends what comes later on the second connection only", async (stage) => {
  await silenced(stage);
  const [silent, second] = stage.streams;
  await stage.asked("later.example");
  assertEquals([silent.names.length, second.names.at(-1)], [4, "later.example"]);
});

upstreamTest(
  "Upstream keeps the silent connection if it is the first to answer, and closes the second",
  async (stage) => {
    const tokens = await silenced(stage);
    const [silent, second] = stage.streams;
    await silent.answerAll(1);
    assertEquals(stage.recorder.answered.slice(1), tokens);
    await stage.pass(TICK);
    assertEquals([silent.isClosed, second.isClosed], [false, true]);
    await stage.asked("later.example");
    assertEquals(silent.names.at(-1), "later.example");
    assertEquals(stage.lines.filter((line) => line.includes("Replaced")), []);
  },
);

upstreamTest(
  "Upstream takes each answer from whichever connection brings it, and ignores the other (Q1)",
  async (stage) => {
    const tokens = await silenced(stage);
    const [silent, second] = stage.streams;
    await second.answer("n0.example");
    await silent.answer("n1.example");
    await second.answer("n2.example");
    assertEquals(stage.recorder.answered.slice(1), tokens);
    await silent.answer("n0.example");
    await second.answer("n1.example");
    const { late, unknown, answered } = stage.upstream.counters;
    assertEquals([late, unknown, answered], [2, 0, 4]);
  },
);

upstreamTest(
  "Upstream opens no third connection while both are silent, and fails at the deadline (A11)",
  async (stage) => {
    const tokens = await silenced(stage);
    await stage.pass(DEADLINE - SILENCE - GRACE - 1);
    assertEquals([stage.streams.length, stage.recorder.order.length], [2, 1]);
    await stage.pass(1 + TICK);
    for (const token of tokens) assertEquals(stage.recorder.failure(token).rcode, RCODE.SERVFAIL);
    assertEquals(stage.streams.map((stream) => stream.isClosed), [true, true]);
    assert(stage.streams.every(({ names }) => names.length <= 4), "three sends at most");
  },
);

upstreamTest(
  "Upstream asks slow servers for their patience: four response times (Q4)",
  async (stage) => {
    await stage.asked("slow.example");
    await stage.pass(500);
    await stage.stream.answer("slow.example");
    const token = await stage.asked("slower.example");
    await stage.pass(1900);
    assertEquals(stage.streams.length, 1);
    await stage.stream.answer("slower.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
  },
);

upstreamTest(
  "Upstream does not suspect a connection that answers others while one query waits (Q22)",
  async (stage) => {
    await stage.asked("slow.example");
    await stage.pass(900);
    await stage.asked("quick.example");
    await stage.stream.answer("quick.example");
    await stage.pass(3000);
    assertEquals(stage.streams.length, 1);
  },
);

upstreamTest(
  "Upstream goes on with the silent connection if the second is lost",
  async (stage) => {
    const tokens = await silenced(stage);
    const [silent, second] = stage.streams;
    await second.end();
    await silent.answerAll(1);
    assertEquals(stage.recorder.answered.slice(1), tokens);
    const later = await stage.asked("later.example");
    await silent.answer("later.example");
    assertEquals(stage.recorder.response(later).rcode, 0);
  },
);

upstreamTest(
  "Upstream goes on with the second connection if the silent one is lost, and sends nothing again",
  async (stage) => {
    const tokens = await silenced(stage);
    const [silent, second] = stage.streams;
    await silent.end(new Deno.errors.ConnectionReset());
    await stage.pass(500);
    assertEquals([stage.streams.length, second.names.length], [2, 3]);
    await second.answerAll();
    assertEquals(stage.recorder.answered.slice(1), tokens);
  },
);

upstreamTest(
  "Upstream that is silent and cannot be reached again fails queries at once after the first deadline, but for one a second (Q21, A13)",
  async (stage) => {
    await stage.asked("first.example");
    await stage.stream.answer("first.example");
    stage.attempt = new DialError("connect", "connection timed out");
    const token = await stage.asked("www.example");
    await stage.pass(DEADLINE + TICK);
    assertEquals(errorsOf(stage.recorder.failure(token)).map(({ code }) => code), [23]);
    const again = await stage.asked("again.example");
    await stage.pass(TICK);
    assertEquals(errorsOf(stage.recorder.failure(again)).map(({ code }) => code), [22, 23]);
    stage.attempt = "connect";
    await stage.pass(2000);
    const later = await stage.asked("later.example");
    await stage.stream.answer("later.example");
    assertEquals(stage.recorder.response(later).rcode, 0);
  },
);

upstreamTest(
  "Upstream that is down and connects again may hope for a second; then it tries one query a second and fails the others at once (Q21)",
  async (stage) => {
    stage.attempt = new DialError("connect", "connection refused");
    await stage.asked("www.example");
    await stage.pass(DEADLINE + TICK);
    stage.attempt = "connect";
    await stage.pass(2000);
    const first = await stage.asked("first.example");
    const hopeful = [first, ...await stage.askMany(3)];
    await stage.pass(1000 + TICK);
    const [probe, other] = [await stage.asked("probe.example"), await stage.asked("other.example")];
    await stage.pass(500);
    const third = await stage.asked("third.example");
    const failed = [other, third].map((token) => errorsOf(stage.recorder.failure(token))[0].code);
    assertEquals(failed, [22, 22]);
    await stage.streams[0].answerAll();
    assertEquals(stage.recorder.answered, [...hopeful, probe]);
    const later = await stage.askMany(5, "later");
    await stage.stream.answerAll(5);
    assertEquals(stage.recorder.answered.slice(-5), later, "all is well again");
  },
);

upstreamTest(
  "Upstream.renew() closes an idle connection; the next query opens another at once (Q23)",
  async (stage) => {
    await stage.asked("first.example");
    await stage.stream.answer("first.example");
    stage.upstream.renew();
    await stage.pass(0);
    assertEquals([stage.streams.length, stage.streams[0].isClosed], [1, true]);
    const token = await stage.asked("second.example");
    await stage.stream.answer("second.example");
    assertEquals([stage.streams.length, stage.recorder.response(token).rcode], [2, 0]);
  },
);

upstreamTest(
  "Upstream.renew() replaces a connection with queries in flight that is dead, and loses none (Q23)",
  async (stage) => {
    await stage.pass(5000);
    const tokens = await stage.askMany(3);
    stage.upstream.renew();
    await stage.pass(TICK);
    assertEquals(stage.streams.map(({ names }) => names.length), [3, 3]);
    await stage.stream.answerAll();
    assertEquals(stage.recorder.answered, tokens);
    await stage.pass(TICK);
    assertEquals(stage.streams.map((stream) => stream.isClosed), [true, false]);
  },
);

upstreamTest(
  "Upstream.renew() keeps a connection in use that answers, and sends nothing twice",
  async (stage) => {
    await stage.pass(5000);
    const token = await stage.asked("www.example");
    stage.upstream.renew();
    await stage.streams[0].answer("www.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
    await stage.pass(TICK);
    assertEquals(stage.streams.map((stream) => stream.isClosed), [false, true]);
    assertEquals(stage.streams[1].names, []);
  },
);

upstreamTest("Upstream.renew() forgets failures: what waits is tried at once", async (stage) => {
  stage.attempt = new DialError("connect", "network unreachable");
  const token = await stage.asked("www.example");
  await stage.pass(3000);
  const attempts = stage.attempts.length;
  stage.attempt = "connect";
  stage.upstream.renew();
  await stage.pass(0);
  assertEquals(stage.attempts.length, attempts + 1);
  await stage.stream.answer("www.example");
  assertEquals(stage.recorder.response(token).rcode, 0);
});

upstreamTest(
  "Upstream that lets itself be connected to but answers nobody is down after ten queries in vain, and says so once (Q22, A11)",
  async (stage) => {
    await stage.askMany(9, "vain");
    await stage.pass(DEADLINE + TICK);
    await stage.asked("tenth.example");
    await stage.pass(500);
    const hopeful = await stage.asked("hopeful.example");
    assertEquals(stage.recorder.outcome(hopeful), undefined, "it may be the names");
    await stage.pass(DEADLINE + TICK);
    const line = "warning: Upstream tls://192.0.2.53:853#dns.example does not answer: " +
      "no reply to anything for 4.5 s";
    assertEquals(stage.lines.filter((each) => each.startsWith("warning")), [line]);
    await stage.pass(2000);
    const probe = await stage.asked("probe.example");
    const failed = await stage.asked("failed.example");
    assertEquals(errorsOf(stage.recorder.failure(failed)).map(({ code }) => code), [22, 23]);
    await stage.stream.answerAll();
    assertEquals(stage.recorder.response(probe).rcode, 0);
    const later = await stage.askMany(3, "later");
    await stage.stream.answerAll(1);
    assertEquals(stage.recorder.answered.slice(-3), later);
    assert(stage.lines.at(-1)?.includes("answers again after"));
  },
);
