/** Failures remembered for a key (RFC 9520, 3.2; CACHE-06). */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { failure, type Remember } from "../../lib/resolver/failure.ts";
import { FailureCache } from "../../lib/resolver/failure_cache.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { RCODE } from "../helpers/message.ts";

const KEY = Uint8Array.of(0, 0, 1, 2, 3);
const HASH = 7;
const CAPACITY = 4;

function made(remember: Remember) {
  return failure(RCODE.SERVFAIL, [], remember);
}

function start() {
  const clock = new FakeClock();
  const cache = new FailureCache(CAPACITY, 2, clock);
  const add = (remember: Remember = "longer", key = KEY) => {
    const each = made(remember);
    cache.add(HASH, key, key.length, each);
    return each;
  };
  const find = (key: Uint8Array = KEY) => cache.find(HASH, key, key.length);
  /** How many milliseconds from now on the key fails. */
  const lasts = () => {
    for (let ms = 0; ms < 60_000; ms += 100) {
      if (find() === undefined) return ms;
      clock.advance(100);
    }
    return Infinity;
  };
  return { clock, cache, add, find, lasts };
}

Deno.test("FailureCache.find() is the failure that was added, for a second, whatever becomes of the key's octets", () => {
  const { clock, cache, add, find } = start();
  assertEquals([cache.isEmpty, find()], [true, undefined]);
  const key = KEY.slice();
  const added = add("longer", key);
  key.fill(9);
  clock.advance(999);
  assertStrictEquals(find(), added);
  assertEquals(cache.isEmpty, false);
  clock.advance(1);
  assertEquals(find(), undefined);
});

Deno.test("FailureCache.find() compares the key from its start on, all of it", () => {
  const { add, find } = start();
  add();
  const cases: [string, Uint8Array, boolean][] = [
    ["another octet before the start", KEY.with(1, 5), true],
    ["another octet behind", KEY.with(4, 5), false],
    ["longer", Uint8Array.of(...KEY, 0), false],
    ["shorter", KEY.slice(0, -1), false],
  ];
  for (const [what, key, expected] of cases) assertEquals(find(key) !== undefined, expected, what);
});

Deno.test("FailureCache remembers longer what goes on failing, half a minute at most (RFC 9520, 3.2)", () => {
  const { add, lasts } = start();
  const times = Array.from({ length: 5 }, () => {
    add();
    return lasts();
  });
  assertEquals(times, [1000, 5000, 10_000, 30_000, 30_000]);
});

Deno.test("FailureCache begins with a second again once the question was answered", () => {
  const { cache, add, find, lasts } = start();
  add();
  lasts();
  add();
  cache.onAnswer(HASH, KEY, KEY.length);
  assertEquals([find(), cache.isEmpty], [undefined, true]);
  add();
  assertEquals(lasts(), 1000);
});

Deno.test("FailureCache begins with a second again half a minute after a failure ended", () => {
  for (const [pause, expected] of [[29_000, 5000], [30_000, 1000]]) {
    const { clock, add, lasts } = start();
    add();
    lasts();
    clock.advance(pause);
    add();
    assertEquals(lasts(), expected);
  }
});

Deno.test("FailureCache remembers what was lost with a connection until the upstream answers anything, a second at most", () => {
  const { cache, add, find, lasts } = start();
  add("briefly");
  assertEquals(lasts(), 1000);
  add("briefly");
  assertEquals(lasts(), 1000, "not longer each time");
  const other = KEY.with(4, 5);
  add("briefly");
  add("longer", other);
  cache.onAnswer(HASH, KEY.with(4, 6), KEY.length);
  assertEquals([find() === undefined, find(other) === undefined], [true, false]);
});

Deno.test("FailureCache lets what failed longest ago give way, so that its memory is bounded", () => {
  const { add, find } = start();
  const keys = Array.from({ length: 10 }, (_, number) => KEY.with(4, number));
  for (const key of keys.slice(0, 4)) add("longer", key);
  add("briefly", keys[0]);
  for (const key of keys.slice(4, 7)) add("longer", key);
  assertEquals(keys.filter((key) => find(key) !== undefined), [keys[0], ...keys.slice(4, 7)]);
});
