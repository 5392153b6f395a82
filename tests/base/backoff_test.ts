import { assert, assertEquals } from "@std/assert";
import { Backoff } from "../../lib/base/backoff.ts";

function delays(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => Math.round(backoff.fail()));
}

/** The least number above which none is drawn. */
const ALMOST_ONE = 1 - Number.EPSILON;

Deno.test("Backoff.fail() doubles from the first step to the longest (DOT-17)", () => {
  const backoff = new Backoff(250, 30_000, () => ALMOST_ONE);
  const expected = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
  assertEquals(delays(backoff, 9), expected);
});

Deno.test("Backoff.fail() is between 80 % and 100 % of the step", () => {
  assertEquals(delays(new Backoff(250, 30_000, () => 0), 3), [200, 400, 800]);
  assertEquals(delays(new Backoff(250, 30_000, () => 0.5), 3), [225, 450, 900]);
});

Deno.test("Backoff.fail() differs from one program to the next", () => {
  const drawn = Array.from({ length: 20 }, () => new Backoff(1000, 1000).fail());
  assert(drawn.every((delay) => delay >= 800 && delay <= 1000), drawn.join(" "));
  assert(new Set(drawn).size > 1, "all are equal");
});

Deno.test("Backoff.fail() stays at the longest step, after thousands of failures", () => {
  const backoff = new Backoff(1, 1e12, () => ALMOST_ONE);
  for (let count = 0; count < 5000; count++) backoff.fail();
  assert(Number.isFinite(backoff.fail()) && backoff.fail() <= 1e12);
});

Deno.test("Backoff.reset() begins again with the first step", () => {
  const backoff = new Backoff(250, 30_000, () => ALMOST_ONE);
  delays(backoff, 5);
  assertEquals(backoff.failures, 5);
  backoff.reset();
  assertEquals([backoff.failures, ...delays(backoff, 2)], [0, 250, 500]);
});
