import { assert, assertEquals } from "@std/assert";
import { median, medianSample, percentile, type Sample } from "../../scripts/bench/sample.ts";

Deno.test("median() is the value in the middle by size, whatever the order", () => {
  assertEquals(median([100, 9, 20]), 20);
  assertEquals(median([4, 1, 3, 2]), 2.5);
  assertEquals(median([7]), 7);
  assert(Number.isNaN(median([])));
});

Deno.test("percentile() is the smallest value that so many percent do not exceed", () => {
  const values = Array.from({ length: 200 }, (_, index) => index + 1);
  assertEquals(percentile(values, 50), 100);
  assertEquals(percentile(values, 99), 198);
  assertEquals(percentile([5], 99), 5);
  assert(Number.isNaN(percentile([], 50)));
});

Deno.test("medianSample() takes each number by itself, those of each rate too", () => {
  const samples = [[1, 30], [2, 10], [3, 20]].map(([perSecond, microseconds]): Sample => ({
    ...{ perSecond, microseconds, lost: 0, forwarded: 100, resident: 50, p50: 1, p99: 2 },
    paced: [{ rate: 1000, sentPerSecond: 1000, lostPercent: perSecond, microseconds }],
  }));
  const result = medianSample(samples);
  assertEquals([result.perSecond, result.microseconds], [2, 20]);
  const paced = { rate: 1000, sentPerSecond: 1000, lostPercent: 2, microseconds: 20 };
  assertEquals(result.paced, [paced]);
});
