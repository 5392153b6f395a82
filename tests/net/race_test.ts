import { assertEquals, assertRejects } from "@std/assert";
import { AddressQueue } from "../../lib/net/address_queue.ts";
import { Race } from "../../lib/net/race.ts";
import { FakeClock, settled } from "../helpers/fake_clock.ts";

const DELAY = 250;

/** A race among `ways`, the attempts of which the test ends. */
class Stage {
  readonly clock = new FakeClock();
  /** Way and time of each attempt, in order. */
  readonly begun: [string, number][] = [];
  readonly discarded: string[] = [];
  readonly givenUp: string[] = [];
  readonly ways: string[];
  readonly race: Race<string, string>;
  readonly #attempts = new Map<string, PromiseWithResolvers<string>>();
  readonly #start = this.clock.now();

  constructor(...ways: string[]) {
    this.ways = ways;
    this.race = new Race({
      clock: this.clock,
      delay: DELAY,
      next: () => this.ways.shift(),
      attempt: (way, signal) => this.#attempt(way, signal),
      discard: (result) => void this.discarded.push(result),
    });
    this.race.more();
  }

  async succeed(way: string): Promise<void> {
    this.#attempts.get(way)?.resolve(`by ${way}`);
    await settled();
  }

  async fail(way: string): Promise<void> {
    this.#attempts.get(way)?.reject(new Error(`not by ${way}`));
    await settled();
  }

  #attempt(way: string, signal: AbortSignal): Promise<string> {
    this.begun.push([way, this.clock.now() - this.#start]);
    signal.addEventListener("abort", () => void this.givenUp.push(way));
    const attempt = Promise.withResolvers<string>();
    this.#attempts.set(way, attempt);
    return attempt.promise;
  }
}

Deno.test("Race begins the next attempt 250 ms after the one before, and ends with the first success (RFC 8305, 5)", async () => {
  const stage = new Stage("a", "b", "c", "d");
  await stage.clock.pass(2 * DELAY);
  assertEquals(stage.begun, [["a", 0], ["b", DELAY], ["c", 2 * DELAY]]);
  await stage.succeed("b");
  assertEquals(await stage.race.result, "by b");
  await stage.clock.pass(10 * DELAY);
  assertEquals([stage.begun.length, stage.clock.running], [3, 0]);
});

Deno.test("Race begins the next attempt at once when the last one has failed (RFC 8305, 5)", async () => {
  const stage = new Stage("a", "b", "c");
  await stage.clock.pass(100);
  await stage.fail("a");
  assertEquals(stage.begun, [["a", 0], ["b", 100]]);
  await stage.clock.pass(DELAY);
  assertEquals(stage.begun.at(-1), ["c", 100 + DELAY]);
  await stage.succeed("c");
  assertEquals(await stage.race.result, "by c");
});

Deno.test("Race does not hurry when an attempt fails that is not the last", async () => {
  const stage = new Stage("a", "b", "c");
  await stage.clock.pass(DELAY);
  await stage.fail("a");
  assertEquals(stage.begun.length, 2);
  await stage.clock.pass(DELAY);
  assertEquals(stage.begun.at(-1), ["c", 2 * DELAY]);
  await stage.succeed("c");
});

Deno.test("Race gives up the others, and discards what comes of them nevertheless", async () => {
  const stage = new Stage("a", "b");
  await stage.clock.pass(DELAY);
  await stage.succeed("b");
  assertEquals(stage.givenUp, ["a", "b"]);
  await stage.succeed("a");
  assertEquals(stage.discarded, ["by a"]);
  assertEquals(await stage.race.result, "by b");
});

Deno.test("Race fails once all attempts have, with the error of the first that failed", async () => {
  const stage = new Stage("a", "b");
  const rejected = assertRejects(() => stage.race.result, Error, "not by b");
  stage.race.complete();
  await stage.clock.pass(DELAY);
  await stage.fail("b");
  await stage.fail("a");
  await rejected;
  assertEquals(stage.race.errors.length, 2);
});

Deno.test("Race takes ways that become known while it runs, at once if it waits for them", async () => {
  const stage = new Stage("a");
  await stage.fail("a");
  await stage.clock.pass(1000);
  stage.ways.push("b", "c");
  stage.race.more();
  stage.race.more();
  assertEquals(stage.begun, [["a", 0], ["b", 1000]]);
  await stage.clock.pass(DELAY);
  stage.race.complete();
  await stage.succeed("c");
  assertEquals(await stage.race.result, "by c");
});

Deno.test("Race waits for a way that becomes known late while others run", async () => {
  const stage = new Stage("a");
  await stage.clock.pass(4 * DELAY);
  stage.ways.push("b");
  stage.race.more();
  assertEquals(stage.begun.at(-1), ["b", 4 * DELAY]);
  await stage.succeed("b");
  assertEquals(await stage.race.result, "by b");
});

Deno.test("Race fails with the reason why there is no way at all", async () => {
  const stage = new Stage();
  const rejected = assertRejects(() => stage.race.result, Error, "nobody knows one");
  await stage.clock.pass(1000);
  stage.race.complete(new Error("nobody knows one"));
  await rejected;
});

Deno.test("Race.giveUp() ends everything, and what succeeds later is discarded", async () => {
  const stage = new Stage("a", "b");
  const rejected = assertRejects(() => stage.race.result, Error, "too late");
  stage.race.giveUp(new Error("too late"));
  await rejected;
  await stage.succeed("a");
  assertEquals([stage.givenUp, stage.discarded, stage.clock.running], [["a"], ["by a"], 0]);
});

Deno.test("AddressQueue takes families by turns, beginning with the first address (RFC 8305, 4)", () => {
  const cases: [string[], string[]][] = [
    [
      ["2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"],
      ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2"],
    ],
    [
      ["192.0.2.1", "2001:db8::1", "2001:db8::2", "2001:db8::3"],
      ["192.0.2.1", "2001:db8::1", "2001:db8::2", "2001:db8::3"],
    ],
    [["192.0.2.1", "192.0.2.2", "192.0.2.1"], ["192.0.2.1", "192.0.2.2"]],
    [[], []],
  ];
  for (const [given, expected] of cases) {
    const queue = new AddressQueue();
    queue.add(given);
    assertEquals(given.map(() => queue.take()).filter(Boolean), expected);
    assertEquals(queue.take(), undefined);
  }
});

Deno.test("AddressQueue gives the other family its turn when it becomes known late", () => {
  const queue = new AddressQueue();
  queue.add(["2001:db8::1", "2001:db8::2"]);
  assertEquals(queue.take(), "2001:db8::1");
  queue.add(["192.0.2.1", "2001:db8::1"]);
  assertEquals([queue.take(), queue.take(), queue.take()], ["192.0.2.1", "2001:db8::2", undefined]);
});
