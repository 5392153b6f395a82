/** Connections on which the upstream wants no more queries: a timeout of zero (RFC 7828, 3.2.2; KA-05, A19). */

import { assertEquals } from "@std/assert";
import { keepalive } from "../../helpers/edns.ts";
import { UpstreamStage, upstreamTest } from "./upstream_stage.ts";

const ENOUGH = { edns: { options: [keepalive(0)] } };

upstreamTest(
  "Upstream sends nothing more on a connection whose upstream wants that, takes what is outstanding and closes it (RFC 7828, 3.2.2; KA-05, A19)",
  async (stage) => {
    const tokens = await stage.askMany(5);
    const [first] = stage.streams;
    await first.answer("n2.example", ENOUGH);
    assertEquals([first.isClosed, stage.attempts.length], [false, 1], "nothing is asked as yet");
    const later = await stage.asked("later.example");
    assertEquals([first.queries.length, stage.stream.names], [5, ["later.example"]]);
    await stage.stream.answer("later.example");
    for (const number of [0, 1, 3]) await first.answer(`n${number}.example`);
    assertEquals(first.isClosed, false);
    await first.answer("n4.example");
    assertEquals(first.isClosed, true);
    assertEquals(stage.recorder.answered.toSorted(), [...tokens, later].toSorted());
    const { connections, failed, failedAttempts, resent } = stage.upstream.counters;
    assertEquals({ connections, failed, failedAttempts, resent }, {
      connections: 2,
      failed: 0,
      failedAttempts: 0,
      resent: 0,
    });
  },
);

upstreamTest(
  "Upstream closes at once where nothing is outstanding, and connects for the next query only (RFC 7828, 3.2.2)",
  async (stage) => {
    await stage.use(0);
    assertEquals(stage.stream.isClosed, true);
    await stage.pass(10_000);
    assertEquals([stage.attempts.length, stage.clock.running], [1, 0]);
    await stage.use(0);
    await stage.use();
    assertEquals([stage.attempts.length, stage.upstream.counters.failed], [3, 0]);
  },
);

upstreamTest(
  "Upstream does not go back to a connection because a later response allows it",
  async (stage) => {
    await stage.askMany(3);
    const [first] = stage.streams;
    await first.answer("n0.example", ENOUGH);
    await first.answer("n1.example", { edns: { options: [keepalive(300)] } });
    await stage.asked("later.example");
    assertEquals([first.queries.length, stage.streams.length], [3, 2]);
    await first.answer("n2.example");
    assertEquals(first.isClosed, true);
    await stage.stream.answer("later.example");
  },
);

upstreamTest(
  "Upstream sends what still waits on a new connection where the upstream wants no more",
  async (stage) => {
    await stage.askMany(20);
    for (let number = 0; number < 4; number++) await stage.stream.answer(`n${number}.example`);
    await stage.stream.end();
    const [, second] = stage.streams;
    assertEquals(second.names, ["n4.example", "n5.example"], "the window is small");
    await second.answer("n4.example", ENOUGH);
    assertEquals([second.queries.length, stage.streams.length], [2, 3]);
    await second.answer("n5.example");
    for (let turn = 0; stage.upstream.pending > 0 && turn < 100; turn++) {
      await stage.stream.answer(stage.stream.names[turn]);
    }
    assertEquals(stage.recorder.answered.length, 20);
    assertEquals([second.isClosed, stage.stream.isClosed], [true, false]);
  },
);

upstreamTest(
  "Upstream asks once more on a new connection where the response that asks for it wants no more on this one",
  async (stage) => {
    const token = await stage.asked("www.example");
    await stage.stream.answer("www.example", { rcode: 1, ...ENOUGH });
    assertEquals([stage.streams.length, stage.streams[0].isClosed], [2, true]);
    assertEquals(stage.stream.query("www.example").opt?.options, []);
    await stage.stream.answer("www.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
  },
);

upstreamTest(
  "Upstream sends again what is outstanding where the upstream closes after it wanted no more",
  async (stage) => {
    await stage.askMany(3);
    const [first] = stage.streams;
    await first.answer("n0.example", ENOUGH);
    await first.end();
    assertEquals(stage.stream.names.toSorted(), ["n1.example"]);
    await stage.stream.answer("n1.example");
    await stage.stream.answer("n2.example");
    assertEquals([stage.recorder.answered.length, stage.streams.length], [3, 2]);
  },
);

upstreamTest(
  "Upstream closes a connection that takes no more once what is outstanding is past its deadline",
  async (stage) => {
    await stage.asked("never.example");
    const [first] = stage.streams;
    await stage.asked("www.example");
    await first.answer("www.example", ENOUGH);
    for (let count = 0; count < 12; count++) {
      await stage.pass(400);
      await stage.use();
    }
    assertEquals([first.isClosed, stage.stream.isClosed], [true, false]);
    assertEquals(stage.upstream.counters.failed, 1);
  },
);

upstreamTest(
  "Upstream keeps to a connection that is being replaced where the new one wants no more queries",
  async (stage) => {
    const token = await stage.asked("www.example");
    await stage.pass(1500);
    const [silent, second] = stage.streams;
    assertEquals(second.names, ["www.example"]);
    await second.answer("www.example", ENOUGH);
    assertEquals(stage.recorder.response(token).rcode, 0);
    const later = await stage.asked("later.example");
    assertEquals([silent.names.includes("later.example"), second.isClosed], [true, true]);
    await silent.answer("later.example");
    assertEquals(stage.recorder.response(later).rcode, 0);
  },
);

upstreamTest(
  "Upstream goes on with the new connection where the one that it replaces answers that it wants no more",
  async (stage) => {
    await stage.askMany(2);
    await stage.pass(1200);
    const [silent, second] = stage.streams;
    assertEquals(second.queries.length, 0, "nothing was sent a second time as yet");
    await silent.answer("n0.example", ENOUGH);
    await stage.asked("later.example");
    assertEquals(second.names, ["later.example"]);
    await silent.answer("n1.example");
    await second.answer("later.example");
    assertEquals([silent.isClosed, second.isClosed], [true, false]);
  },
);

upstreamTest(
  "Upstream does not take an answer on a retired connection for one of the silent connection that is being replaced",
  async (stage) => {
    await stage.askMany(3);
    const [retired] = stage.streams;
    await retired.answer("n0.example", ENOUGH);
    await stage.asked("www.example");
    await stage.pass(600);
    await retired.answer("n2.example");
    await stage.pass(600);
    const [, silent, third] = stage.streams;
    await retired.answer("n1.example");
    await stage.asked("later.example");
    assertEquals([silent.names, third.names], [["www.example"], ["later.example"]]);
    await silent.answer("www.example");
    await third.answer("later.example");
  },
);

upstreamTest(
  "Upstream has a bounded number of connections at an upstream that wants ever new ones and does not answer",
  async (stage) => {
    const COUNT = 20;
    for (let round = 0; round < COUNT; round++) {
      await stage.asked(`slow${round}.example`);
      await stage.use(0);
    }
    const open = stage.streams.filter((stream) => !stream.isClosed);
    assertEquals([stage.streams.length, open.length], [9, 9]);
    for (const stream of open) await stream.answerAll();
    await stage.pass(100);
    assertEquals(open.map((stream) => stream.isClosed), open.map(() => true));
    assertEquals(stage.recorder.answered.length, 2 * COUNT);
  },
);

upstreamTest(
  "Upstream sends on another connection what waits on one that takes no more and falls silent",
  async (stage) => {
    await stage.askMany(3);
    const [first] = stage.streams;
    await first.answer("n0.example", ENOUGH);
    await stage.pass(1100);
    assertEquals(stage.stream.names, ["n1.example", "n2.example"]);
    await stage.stream.answer("n1.example");
    await first.answer("n2.example");
    await stage.pass(100);
    assertEquals([stage.recorder.answered.length, first.isClosed], [3, true]);
    assertEquals([stage.streams.length, stage.stream.isClosed], [2, false]);
  },
);

upstreamTest(
  "Upstream.renew() sends on another connection what waits on one that takes no more",
  async (stage) => {
    await stage.askMany(2);
    const [first] = stage.streams;
    await first.answer("n0.example", ENOUGH);
    await stage.use();
    stage.upstream.renew();
    await stage.pass(100);
    assertEquals([stage.streams.length, stage.stream.names], [3, ["n1.example"]]);
    await stage.stream.answer("n1.example");
    await stage.pass(50);
    assertEquals([stage.recorder.answered.length, first.isClosed], [3, true]);
  },
);

Deno.test("Upstream.stop() closes connections that take no more as well", async () => {
  const stage = new UpstreamStage();
  await stage.askMany(2);
  await stage.stream.answer("n0.example", ENOUGH);
  await stage.asked("later.example");
  await stage.end();
  assertEquals(stage.streams.map((stream) => stream.isClosed), [true, true]);
});
