import { assertEquals } from "@std/assert";
import { Coalescer } from "../../lib/resolver/coalescer.ts";
import { failure, STOPPING } from "../../lib/resolver/failure.ts";
import { Origin } from "../../lib/resolver/origin.ts";
import { makePolicy } from "../../lib/resolver/pool/policy.ts";
import { Pool } from "../../lib/resolver/pool/pool.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { parseMessage, RCODE } from "../helpers/message.ts";
import { addressRecords, buildQuery, buildResponse } from "../helpers/query.ts";
import { FakeUpstream } from "./pool/pool_stage.ts";
import { type Asked, asToken, FakeResolver, Recorder } from "./recorder.ts";

const [ONE, TWO] = [new Origin("one"), new Origin("two")];
const LOST = failure(RCODE.SERVFAIL, [], "briefly");

function start() {
  const inner = new FakeResolver();
  const coalescer = new Coalescer(inner, { capacity: 8, clock: new FakeClock() });
  const recorder = new Recorder();
  const ask = (token: number) =>
    coalescer.resolve(buildQuery("www.example", { id: 0, edns: true }), recorder, asToken(token));
  return { inner, recorder, ask };
}

function responseTo({ query }: Asked, count = 1): Uint8Array {
  const message = parseMessage(query);
  return buildResponse(message, { answers: addressRecords("www.example", count) });
}

Deno.test("Coalescer tells who asked first from those who joined, under the upstream's name", () => {
  const { inner, recorder, ask } = start();
  for (const token of [1, 2, 3]) ask(token);
  inner.respond(0, responseTo(inner.asked[0]), ONE);
  const byToken = recorder.order.map((token, at) => [token, recorder.origins[at]]);
  assertEquals(byToken.toSorted(), [[1, "upstream one"], [2, "joined one"], [3, "joined one"]]);
});

Deno.test("Coalescer says so of a failure that several share, and of one that is remembered", () => {
  const { inner, recorder, ask } = start();
  for (const token of [1, 2]) ask(token);
  inner.fail(0, LOST, ONE);
  ask(3);
  assertEquals(recorder.origins.toSorted(), ["joined one", "remembered one", "upstream one"]);
  assertEquals(recorder.origins.at(-1), "remembered one");
});

Deno.test("Coalescer says so of a large response that is still there", () => {
  const { inner, recorder, ask } = start();
  ask(1);
  inner.respond(0, responseTo(inner.asked[0], 60), TWO);
  ask(2);
  assertEquals(recorder.origins, ["upstream two", "recent two"]);
});

Deno.test("Coalescer names no upstream where none has a part", () => {
  const { inner, recorder, ask } = start();
  ask(1);
  inner.fail(0, STOPPING);
  assertEquals(recorder.origins, [undefined]);
});

function startPool() {
  const upstreams = [new FakeUpstream("one"), new FakeUpstream("two")];
  const clock = new FakeClock();
  const log = { debug() {}, info() {}, warning() {}, error() {} };
  const policy = makePolicy("failover");
  const pool = new Pool({ upstreams, policy, capacity: 8, deadline: 4500, clock, log });
  const recorder = new Recorder();
  pool.resolve(buildQuery("www.example", { id: 0, edns: true }), recorder, asToken(1));
  return { upstreams, recorder };
}

Deno.test("Pool hands on who answered", () => {
  const { upstreams: [one, two], recorder } = startPool();
  one.fail(0, LOST, ONE);
  two.respond(0, responseTo(two.asked[0]), TWO);
  assertEquals(recorder.origins, ["upstream two"]);
});

Deno.test("Pool names the upstream whose failure the client is told", () => {
  const { upstreams: [one, two], recorder } = startPool();
  const said = failure(RCODE.SERVFAIL, [], "longer");
  one.fail(0, said, ONE);
  two.fail(0, LOST, TWO);
  assertEquals([recorder.failure(1), recorder.origins], [said, ["upstream one"]]);
});
