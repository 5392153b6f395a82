/** What becomes of queries in flight when the connection is lost (Q3; matrix A). */

import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { RCODE } from "../../helpers/message.ts";
import { errorsOf } from "../recorder.ts";
import { UpstreamStage, upstreamTest } from "./upstream_stage.ts";

upstreamTest(
  "Upstream sends queries again when the connection is lost, oldest first (RFC 7766, 6.2.4; DOT-09, A2)",
  async (stage) => {
    const tokens = await stage.askMany(5);
    await stage.stream.answer("n1.example");
    await stage.stream.answer("n2.example");
    await stage.stream.end();
    assertEquals([stage.streams.length, stage.stream.names], [2, ["n0.example"]]);
    await stage.stream.answer("n0.example");
    for (const name of ["n3.example", "n4.example"]) await stage.stream.answer(name);
    assertEquals(stage.stream.names, ["n0.example", "n3.example", "n4.example"]);
    assertEquals(stage.recorder.answered.toSorted(), tokens);
  },
);

upstreamTest(
  "Upstream loses nothing to any way in which a connection ends (A2, A3, A4, DOT-11)",
  async (stage) => {
    const endings = [
      null,
      new Deno.errors.ConnectionReset("reset"),
      new Deno.errors.UnexpectedEof("peer closed connection without close_notify"),
      new Error("something else"),
    ];
    for (const [number, ending] of endings.entries()) {
      await stage.askMany(2, `e${number}-`);
      await stage.stream.answer(`e${number}-0.example`);
      await stage.stream.end(ending);
      await stage.stream.answer(`e${number}-1.example`);
    }
    assertEquals([stage.recorder.answered.length, stage.streams.length], [8, 5]);
  },
);

upstreamTest(
  "Upstream takes the responses that came before the end of the connection (Q3)",
  async (stage) => {
    await stage.askMany(3);
    const stream = stage.stream;
    const delivered = stream.answerAll();
    await stream.end();
    await delivered;
    assertEquals([stage.recorder.answered.length, stage.streams.length], [3, 1]);
  },
);

upstreamTest(
  "Upstream sends a query at most three times (RFC 9520, 3.1; DOT-09)",
  async (stage) => {
    const token = await stage.asked("www.example");
    for (let count = 0; count < 10 && stage.recorder.outcome(token) === undefined; count++) {
      await stage.stream.end();
      await stage.pass(400);
    }
    const sends = stage.streams.flatMap((stream) => stream.names);
    assertEquals(sends, ["www.example", "www.example", "www.example"]);
    const failure = stage.recorder.failure(token);
    assertEquals([failure.rcode, errorsOf(failure)[0].code], [RCODE.SERVFAIL, 23]);
    assertEquals(failure.remember, "briefly", "nothing says that the question was at fault");
  },
);

upstreamTest(
  "Upstream holds a question to fail that saw its connections fail, not only end (RFC 9520, 3.2; Q3)",
  async (stage) => {
    const token = await stage.asked("www.example");
    for (let count = 0; count < 10 && stage.recorder.outcome(token) === undefined; count++) {
      await stage.stream.end(new Deno.errors.ConnectionReset());
      await stage.pass(400);
    }
    assertEquals(stage.recorder.failure(token).remember, "longer");
  },
);

upstreamTest(
  "Upstream answers every query of a server that closes after each response (A1)",
  async (stage) => {
    const tokens = await stage.askMany(40);
    for (let count = 0; count < 100 && stage.upstream.pending > 0; count++) {
      const stream = stage.stream;
      await stream.answer(stream.names[0]);
      await stream.end();
      await stage.pass(1);
    }
    assertEquals(stage.recorder.answered.toSorted((a, b) => a - b), tokens);
    assertLessOrEqual(stage.time, 100, "without waiting between connections");
  },
);

upstreamTest(
  "Upstream puts no more in flight than such a server answers, and more again when it does (Q3)",
  async (stage) => {
    await stage.askMany(20);
    for (let number = 0; number < 4; number++) await stage.stream.answer(`n${number}.example`);
    await stage.stream.end();
    assertEquals(stage.stream.queries.length, 2, "half of what the connection answered");
    const inFlight: number[] = [];
    for (let answered = 0; stage.upstream.pending > 0; answered++) {
      await stage.stream.answer(stage.stream.names[answered]);
      inFlight.push(stage.stream.queries.length - answered - 1);
    }
    assert(Math.max(...inFlight) > 2, inFlight.join(" "));
    assertEquals(stage.recorder.answered.length, 20);
  },
);

upstreamTest(
  "Upstream finds the query that kills connections, and answers the others (Q3)",
  async (stage) => {
    const tokens = await stage.askMany(30);
    const deadly = "n7.example";
    for (let count = 0; count < 400 && stage.upstream.pending > 0; count++) {
      const stream = stage.stream;
      if (stream.names.includes(deadly)) await stream.end(new Deno.errors.ConnectionReset());
      else if (stream.queries.length > 0) await stream.answerAll();
      await stage.pass(20);
    }
    const failed = tokens.filter((token) => stage.recorder.outcome(token)?.failure);
    assertEquals(failed.map((token) => `n${token - 1}.example`), [deadly]);
    const sends = stage.streams.flatMap((stream) => stream.names).filter((name) => name === deadly);
    assertLessOrEqual(sends.length, 3);
  },
);

upstreamTest(
  "Upstream holds no query back for long behind one that may kill connections, but is only slow (Q6, TCP-03)",
  async (stage) => {
    await stage.askMany(2, "suspect");
    for (let failures = 0; failures < 2; failures++) {
      await stage.askMany(20, "good");
      for (let number = 0; number < 20; number++) {
        await stage.stream.answer(`good${number}.example`);
      }
      await stage.stream.end(new Deno.errors.ConnectionReset());
    }
    assertEquals(stage.stream.names, ["suspect0.example"], "a suspect goes alone at first");
    const later = await stage.asked("later.example");
    await stage.pass(900);
    assert(stage.stream.names.includes("suspect1.example"), "the other suspect is tried as well");
    await stage.stream.answer("later.example");
    assertEquals(stage.recorder.response(later).rcode, 0);
  },
);

upstreamTest(
  "Upstream does not wait before it connects again after a connection that answered (DOT-08, A7)",
  async (stage) => {
    await stage.asked("one.example");
    await stage.stream.answer("one.example");
    await stage.stream.end();
    assertEquals(stage.attempts.length, 1, "nor does it without a query");
    const token = await stage.asked("two.example");
    await stage.stream.answer("two.example");
    assertEquals([stage.attempts, stage.recorder.response(token).rcode], [[0, 0], 0]);
    assertEquals(stage.upstream.counters.failedAttempts, 0);
  },
);

upstreamTest(
  "Upstream waits before it connects again after a connection that answered nothing (A9, DOT-17)",
  async (stage) => {
    await stage.asked("www.example");
    await stage.stream.end();
    assertEquals(stage.attempts, [0]);
    await stage.pass(249);
    assertEquals(stage.attempts, [0]);
    await stage.pass(2);
    assertEquals(stage.attempts.length, 2);
    await stage.stream.answer("www.example");
  },
);

upstreamTest(
  "Upstream closes a connection that brings messages too short to be one, at the second (Q14, C13, C14)",
  async (stage) => {
    const token = await stage.asked("www.example");
    const [first] = stage.streams;
    await first.deliver(new Uint8Array(0));
    assertEquals(first.isClosed, false);
    await first.deliver(new Uint8Array(11));
    assertEquals(first.isClosed, true);
    await stage.pass(300);
    await stage.stream.answer("www.example");
    assertEquals(stage.recorder.response(token).rcode, 0);
  },
);

Deno.test("Upstream gives each query exactly one outcome, whatever 30 connections do", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const stage = new UpstreamStage();
    const { random } = await import("../../dns/random_octets.ts");
    const below = random(seed);
    for (let round = 0; round < 30; round++) {
      await stage.askMany(below(8), `r${round}-`);
      const stream = stage.stream;
      for (const name of stream?.names ?? []) if (below(3) === 0) await stream.answer(name);
      if (below(3) === 0) await stream?.end(below(2) ? null : new Deno.errors.ConnectionReset());
      await stage.pass(below(800));
    }
    await stage.pass(5000);
    assertEquals(stage.upstream.pending, 0, "nothing is pending after the deadline");
    await stage.end();
  }
});

upstreamTest(
  "Upstream sends queries one by one once the upstream has closed after leaving queries of one write unread",
  async (stage) => {
    await stage.askMany(10);
    for (let number = 0; number < 8; number++) await stage.stream.answer(`n${number}.example`);
    await stage.pass(2000);
    await stage.stream.end();
    assertEquals([stage.stream.names, stage.stream.writes], [["n8.example", "n9.example"], 2]);
    await stage.stream.answerAll();
    assertEquals(stage.lines.filter((line) => line.includes("one by one")).length, 1);
  },
);

upstreamTest(
  "Upstream goes on writing queries together after a connection that fell silent, if it did not close it",
  async (stage) => {
    await stage.asked("first.example");
    await stage.stream.answer("first.example");
    await stage.askMany(3);
    await stage.pass(5000);
    assertEquals(stage.streams.map((stream) => stream.isClosed), [true, true]);
    await stage.askMany(3, "later");
    await stage.stream.answerAll();
    assertEquals([stage.stream.writes, stage.stream.queries.length], [1, 3]);
    assertEquals(stage.lines.filter((line) => line.includes("one by one")), []);
  },
);

upstreamTest(
  "Upstream answers in time a burst that was lost with a connection, though that had answered only one query (A2, A3)",
  async (stage) => {
    await stage.use();
    const [lost] = stage.streams;
    const tokens = await stage.askMany(100);
    await lost.end(new Deno.errors.ConnectionReset());
    for (let answered = 0; stage.upstream.pending > 0;) {
      await stage.pass(400);
      const { length } = stage.stream.queries;
      await stage.stream.answerAll(answered);
      answered = length;
    }
    assertEquals([stage.recorder.answered.length, stage.streams.length], [tokens.length + 1, 2]);
  },
);

upstreamTest(
  "Upstream answers in time a burst that follows several losses, each after only one answer (A2, A3)",
  async (stage) => {
    for (const name of ["one", "two", "three", "four"]) {
      await stage.askMany(2, name);
      await stage.stream.answer(`${name}0.example`);
      await stage.stream.end(new Deno.errors.ConnectionReset());
      await stage.stream.answer(`${name}1.example`);
    }
    const tokens = await stage.askMany(40, "burst");
    const before = stage.recorder.answered.length;
    let at = stage.stream.names.indexOf("burst0.example");
    for (let time = 0; time < 3000; time += 500) {
      const { length } = stage.stream.queries;
      await stage.pass(500);
      for (; at < length; at++) await stage.stream.answer(stage.stream.names[at]);
    }
    assertEquals(stage.recorder.answered.length - before, tokens.length);
  },
);

upstreamTest(
  "Upstream is not taken for silent where queries wait for their turn, and others are answered (Q22)",
  async (stage) => {
    await stage.use();
    await stage.askMany(40);
    await stage.stream.end();
    for (let round = 0; round < 6; round++) {
      await stage.pass(800);
      await stage.stream.answer(stage.stream.names[round]);
    }
    assertGreater(stage.upstream.counters.failed, 20);
    assertEquals(stage.lines.filter((line) => line.includes("does not answer")), []);
    assertEquals(stage.upstream.health(stage.clock.now()), "well");
  },
);
