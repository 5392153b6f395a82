/** More connections where the server works on few queries at a time on each (RFC 7766, 6.2.2; Q7). */

import { assert, assertEquals } from "@std/assert";
import { DialError } from "../../../lib/net/dial_error.ts";
import { buildResponse } from "../../helpers/query.ts";
import type { ScriptedStream } from "./scripted_stream.ts";
import { type UpstreamStage, upstreamTest } from "./upstream_stage.ts";

const COUNT = 100;
const TICK = 50;
const CALM = 5000;
const HOUR = 3_600_000;

/** Answers so many queries of a connection, from an index on. */
function answer(stream: ScriptedStream, from: number, count: number): Promise<void> {
  const queries = stream.queries.slice(from, from + count);
  return stream.deliver(...queries.map((query) => buildResponse(query)));
}

/** A server that works on ten queries at a time, 200 ms each, until more connections are there; tokens. */
async function crowded(stage: UpstreamStage, count = COUNT): Promise<number[]> {
  const tokens = await stage.askMany(count);
  await stage.pass(200);
  await answer(stage.stream, 0, 10);
  await stage.pass(150);
  return tokens;
}

/** All queries are answered, on whichever connection. */
async function answerAll(stage: UpstreamStage): Promise<void> {
  for (const stream of stage.streams.slice(1)) await stream.answerAll();
  await stage.streams[0].answerAll(10);
}

upstreamTest(
  "Upstream opens three connections more where many queries wait behind few at the server, and shares them",
  async (stage) => {
    const tokens = await crowded(stage);
    const [first, ...extra] = stage.streams;
    assertEquals(stage.streams.length, 4);
    assertEquals(extra.map(({ names }) => names.length), [20, 20, 20]);
    const names = extra.flatMap((stream) => stream.names).toSorted();
    assertEquals(names, first.names.slice(-60).toSorted(), "the youngest, each once");
    await answerAll(stage);
    assertEquals(stage.recorder.answered.length, tokens.length);
    assertEquals([stage.upstream.counters.answered, stage.upstream.counters.late], [100, 60]);
  },
);

upstreamTest("Upstream sends new queries where the server has least to do", async (stage) => {
  await crowded(stage);
  const before = stage.streams.map(({ queries }) => queries.length);
  await stage.askMany(30, "new");
  const grown = stage.streams.map(({ queries }, at) => queries.length - before[at]);
  assertEquals(grown, [0, 10, 10, 10]);
});

upstreamTest("Upstream goes back to one connection after five seconds of calm", async (stage) => {
  await crowded(stage);
  await answerAll(stage);
  await stage.pass(CALM - 200);
  assertEquals(stage.streams.map(({ isClosed }) => isClosed), [false, false, false, false]);
  await stage.pass(400);
  assertEquals(stage.streams.map(({ isClosed }) => isClosed), [false, true, true, true]);
  await stage.asked("later.example");
  assertEquals(stage.streams[0].names.at(-1), "later.example");
});

upstreamTest(
  "Upstream opens them at once for the next crowd within an hour, if it is one",
  async (stage) => {
    await crowded(stage);
    await answerAll(stage);
    await stage.pass(CALM + TICK);
    await stage.askMany(30, "few");
    await stage.pass(2 * TICK);
    assertEquals(stage.streams.length, 4);
    await stage.askMany(10, "many");
    await stage.pass(TICK);
    assertEquals(stage.streams.length, 7);
    for (const stream of stage.streams.slice(4)) await stream.answerAll();
    await stage.streams[0].answerAll(COUNT);
    await stage.pass(HOUR);
    await stage.askMany(COUNT, "later");
    await stage.pass(2 * TICK);
    assertEquals(stage.streams.length, 8, "one, as that from before was idle for too long");
    await stage.stream.answerAll();
  },
);

upstreamTest("Upstream keeps its connections while ten queries or more wait", async (stage) => {
  await crowded(stage);
  await answerAll(stage);
  for (let round = 0; round < 8; round++) {
    const from = stage.streams.map(({ queries }) => queries.length);
    await stage.askMany(12, `round${round}n`);
    await stage.pass(1000 - TICK);
    for (const [at, stream] of stage.streams.entries()) await stream.answerAll(from[at]);
    await stage.pass(TICK);
  }
  assertEquals(stage.streams.filter(({ isClosed }) => isClosed).length, 0);
});

upstreamTest(
  "Upstream lets an extra connection answer what is in flight before it closes it",
  async (stage) => {
    await crowded(stage);
    await answerAll(stage);
    await stage.pass(CALM - 500);
    await stage.askMany(4, "slow");
    await stage.pass(900);
    const [, second] = stage.streams;
    assertEquals([second.names.at(-1), second.isClosed], ["slow1.example", false]);
    await second.answer("slow1.example");
    await stage.pass(TICK);
    assertEquals(second.isClosed, true);
    assertEquals(stage.recorder.answered.length, COUNT + 1);
  },
);

upstreamTest(
  "Upstream loses no query with an extra connection, and takes that for no failure",
  async (stage) => {
    await crowded(stage);
    await stage.askMany(30, "new");
    for (const stream of stage.streams.slice(1)) {
      await stream.end(new Deno.errors.ConnectionReset());
    }
    await stage.pass(TICK);
    assertEquals(stage.upstream.health(stage.clock.now()), "well");
    assertEquals(stage.lines.filter((line) => line.startsWith("warning")), []);
    await stage.streams[0].answerAll(10);
    assertEquals(stage.recorder.answered.length, COUNT + 30);
    assertEquals(stage.upstream.counters.failed, 0);
  },
);

upstreamTest(
  "Upstream goes on with an extra connection where the first is lost, and loses no query",
  async (stage) => {
    await crowded(stage);
    const [first, ...extra] = stage.streams;
    await first.end(new Deno.errors.ConnectionReset());
    await stage.pass(TICK);
    assertEquals(stage.streams.length, 4, "no other");
    for (const stream of extra) await stream.answerAll();
    for (const stream of extra) await stream.answerAll(20);
    assertEquals(stage.recorder.answered.length, COUNT);
  },
);

upstreamTest(
  "Upstream takes a failed attempt at an extra connection for no failure, and leaves it for ten seconds",
  async (stage) => {
    await stage.askMany(COUNT);
    stage.attempt = new DialError("TLS time", "certificate expired");
    await stage.pass(200);
    await answer(stage.stream, 0, 10);
    await stage.pass(2000);
    assertEquals([stage.attempts.length, stage.upstream.counters.failedAttempts], [4, 3]);
    assertEquals(stage.lines.filter((line) => line.startsWith("warning")), []);
    await stage.stream.answerAll(10);
    assertEquals(stage.recorder.answered.length, COUNT);
  },
);

upstreamTest(
  "Upstream sends elsewhere what waits on one of several connections that falls silent",
  async (stage) => {
    await crowded(stage);
    await answerAll(stage);
    await stage.askMany(8, "new");
    const [first, silent, ...others] = stage.streams;
    for (const stream of [first, ...others]) await stream.answerAll(stream === first ? COUNT : 20);
    await stage.pass(4 * 350 + TICK);
    assertEquals(silent.names.slice(-2), ["new1.example", "new5.example"]);
    assertEquals(first.names.slice(-2), ["new1.example", "new5.example"]);
    await first.answerAll(102);
    await stage.pass(TICK);
    assertEquals([stage.recorder.answered.length, silent.isClosed], [COUNT + 8, true]);
  },
);

upstreamTest("Upstream.renew() closes extra connections, and loses no query", async (stage) => {
  await crowded(stage);
  await stage.askMany(30, "new");
  stage.upstream.renew();
  await stage.pass(TICK);
  assertEquals(stage.streams.map(({ isClosed }) => isClosed), [false, true, true, true, false]);
  await stage.streams[0].answerAll(10);
  await stage.streams[4].answerAll();
  assertEquals(stage.recorder.answered.length, COUNT + 30);
});

upstreamTest("Upstream stays at one connection where one name is slow", async (stage) => {
  await stage.asked("slow.example");
  for (let round = 0; round < 40; round++) {
    const from = stage.stream.queries.length;
    await stage.askMany(25, `round${round}n`);
    await stage.pass(TICK);
    await answer(stage.stream, from, 25);
  }
  assertEquals(stage.streams.length, 1);
});

upstreamTest(
  "Upstream stays at one connection where all is answered after 200 ms, in order, slowly read",
  async (stage) => {
    await stage.askMany(500);
    await stage.pass(200);
    for (let from = 0; from < 500; from += 25) {
      await answer(stage.stream, from, 25);
      await stage.pass(10);
    }
    assertEquals([stage.streams.length, stage.recorder.answered.length], [1, 500]);
  },
);

upstreamTest(
  "Upstream stays at one connection where half is quick and half takes long: later ones are answered first",
  async (stage) => {
    for (let round = 0; round < 20; round++) {
      const from = stage.stream?.queries.length ?? 0;
      await stage.askMany(20, `round${round}n`);
      await answer(stage.stream, from, 10);
      await stage.pass(TICK);
    }
    assertEquals(stage.streams.length, 1);
    assert(stage.upstream.pending >= 200);
  },
);

upstreamTest(
  "Upstream stays at one connection where names from a cache are followed by others at once",
  async (stage) => {
    await stage.askMany(100, "quick");
    await stage.pass(10);
    await stage.stream.answerAll();
    await stage.askMany(100, "slow");
    await stage.pass(250);
    await stage.stream.answerAll(100);
    assertEquals([stage.streams.length, stage.recorder.answered.length], [1, 200]);
  },
);

upstreamTest("Upstream stays at one connection where it may have one", async (stage) => {
  await crowded(stage);
  await stage.pass(1000);
  assertEquals(stage.attempts.length, 1);
  await stage.stream.answerAll(10);
}, { connections: 1 });
