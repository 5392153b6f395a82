/** Who is kept apart from whom, and for how long; the resolvers are fakes. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { ALL_BUSY, STOPPING } from "../../lib/resolver/failure.ts";
import { type IsolatedResolver, Isolation } from "../../lib/resolver/isolation.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { RCODE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { asToken, errorsOf, FakeResolver, Recorder } from "./recorder.ts";

const IDLE = 8000;
const MOST = 3;

class FakeOwn implements IsolatedResolver {
  readonly resolver = new FakeResolver();
  isBusy = false;
  isConnected = false;
  looked = 0;
  renewed = 0;
  stopped = 0;

  look(): void {
    this.looked++;
  }

  renew(): boolean {
    this.renewed++;
    return this.isConnected;
  }

  stop(): void {
    this.stopped++;
  }
}

function start() {
  const clock = new FakeClock();
  const made: FakeOwn[] = [];
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const isolation = new Isolation({
    most: MOST,
    idle: IDLE,
    make: () => {
      made.push(new FakeOwn());
      return made[made.length - 1];
    },
    what: "clients",
    clock,
    log: { debug: write, info: write, warning: write, error: write },
  });
  const recorder = new Recorder();
  let last = 0;
  const ask = (key: string) => {
    isolation.resolverFor(key).resolve(buildQuery("www.example"), recorder, asToken(++last));
    return last;
  };
  const stopped = () => made.map((own) => own.stopped);
  return { isolation, clock, made, lines, recorder, ask, stopped };
}

Deno.test("Isolation has a resolver for each key, and the same one as long as it is used", () => {
  const { isolation, made } = start();
  const one = isolation.resolverFor("192.0.2.1");
  const two = isolation.resolverFor("192.0.2.2");
  assert(one !== two);
  assertStrictEquals(isolation.resolverFor("192.0.2.1"), one);
  assertEquals([made.length, isolation.size], [2, 2]);
  isolation.stop();
});

Deno.test("Isolation makes nothing and runs no timer before the first query", () => {
  const { clock, isolation, made } = start();
  assertEquals([made.length, isolation.size, clock.running], [0, 0, 0]);
});

Deno.test("Isolation ends a resolver that is unused for the idle time, and then its timer", () => {
  const { clock, isolation, stopped } = start();
  isolation.resolverFor("one");
  clock.advance(IDLE / 2);
  isolation.resolverFor("two");
  clock.advance(IDLE / 2);
  assertEquals([stopped(), isolation.size], [[1, 0], 1]);
  clock.advance(IDLE / 2);
  assertEquals([stopped(), isolation.size, clock.running], [[1, 1], 0, 0]);
});

Deno.test("Isolation keeps an unused resolver while it is connected or owes an outcome", () => {
  const { clock, isolation, made, stopped } = start();
  isolation.resolverFor("one");
  const [own] = made;
  own.isConnected = true;
  clock.advance(10 * IDLE);
  own.isConnected = false;
  own.isBusy = true;
  clock.advance(IDLE);
  assertEquals(stopped(), [0]);
  own.isBusy = false;
  clock.advance(1000);
  assertEquals(stopped(), [1]);
});

Deno.test("Isolation ends the resolver unused for longest where there are too many, connected or not", () => {
  const { clock, isolation, made, stopped } = start();
  for (const key of ["one", "two", "three"]) {
    isolation.resolverFor(key);
    clock.advance(10);
  }
  for (const own of made) own.isConnected = true;
  isolation.resolverFor("one");
  clock.advance(10);
  isolation.resolverFor("four");
  assertEquals([stopped(), isolation.size], [[0, 1, 0, 0], MOST]);
  clock.advance(10);
  isolation.resolverFor("two");
  assertEquals([stopped(), isolation.size], [[0, 1, 1, 0, 0], MOST]);
  isolation.stop();
});

Deno.test("Isolation steps over those that owe an outcome, however long unused", () => {
  const { clock, isolation, made, stopped } = start();
  for (const key of ["one", "two", "three"]) {
    isolation.resolverFor(key);
    clock.advance(10);
  }
  made[0].isBusy = true;
  isolation.resolverFor("four");
  assertEquals(stopped(), [0, 1, 0, 0]);
  isolation.stop();
});

Deno.test("Isolation answers SERVFAIL with an extended error where all are busy, and asks nobody (RFC 8914, 4.1)", () => {
  const { isolation, made, recorder, ask, stopped } = start();
  for (const key of ["one", "two", "three"]) ask(key);
  for (const own of made) own.isBusy = true;
  const token = ask("four");
  const failure = recorder.failure(token);
  assertStrictEquals(failure, ALL_BUSY);
  assertEquals([failure.rcode, failure.isOverload, failure.remember], [
    RCODE.SERVFAIL,
    false,
    "never",
  ]);
  assertEquals(errorsOf(failure), [{
    code: 0,
    text: "no upstream connection of its own is free for this client",
  }]);
  assertEquals([made.map(({ resolver }) => resolver.asked.length), stopped()], [
    [1, 1, 1],
    [0, 0, 0],
  ]);
  ask("two");
  assertEquals(made[1].resolver.asked.length, 2, "who has a resolver is served");
  made[2].isBusy = false;
  ask("four");
  assertEquals([made.length, made[3].resolver.asked.length, stopped()], [4, 1, [0, 0, 1, 0]]);
  isolation.stop();
});

Deno.test("Isolation warns when there are too many, at most once a minute", () => {
  const { clock, isolation, lines } = start();
  for (const key of ["one", "two", "three"]) isolation.resolverFor(key);
  assertEquals(lines, []);
  for (let round = 0; round < 10; round++) isolation.resolverFor(`other${round}`);
  assertEquals(lines.length, 1);
  assert(/^More than 3 clients at a time: .*--limit isolated=N/.test(lines[0]), lines[0]);
  clock.advance(60_000);
  for (let round = 0; round <= MOST; round++) isolation.resolverFor(`more${round}`);
  assertEquals(lines.length, 2);
  isolation.stop();
});

Deno.test("Isolation.renew() renews all resolvers, look() lets all look at the clock", () => {
  const { isolation, made } = start();
  for (const key of ["one", "two"]) isolation.resolverFor(key);
  isolation.renew();
  isolation.look();
  assertEquals(made.map(({ looked }) => looked), [1, 1]);
  assertEquals(made.map(({ renewed }) => renewed), [1, 1]);
  isolation.stop();
});

Deno.test("Isolation.isBusy as long as one of its resolvers is", () => {
  const { isolation, made } = start();
  assertEquals(isolation.isBusy, false);
  for (const key of ["one", "two"]) isolation.resolverFor(key);
  assertEquals(isolation.isBusy, false);
  made[1].isBusy = true;
  assertEquals(isolation.isBusy, true);
  isolation.stop();
});

Deno.test("Isolation.stop() stops all resolvers, and answers from then on that it stops", () => {
  const { clock, isolation, recorder, ask, made, stopped } = start();
  for (const key of ["one", "two"]) isolation.resolverFor(key);
  isolation.stop();
  assertEquals([stopped(), clock.running], [[1, 1], 0]);
  assertStrictEquals(recorder.failure(ask("one")), STOPPING);
  assertEquals(made.length, 2);
});
