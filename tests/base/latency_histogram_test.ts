import { assert, assertEquals } from "@std/assert";
import { LatencyHistogram } from "../../lib/base/latency_histogram.ts";

function histogram(times: Iterable<number>): LatencyHistogram {
  const result = new LatencyHistogram();
  for (const time of times) result.add(time);
  return result;
}

Deno.test("LatencyHistogram.percentile() is right to an eighth, from 1 ms to 8 s", () => {
  for (const scale of [0.001, 0.01, 0.1, 1, 8]) {
    const times = Array.from({ length: 1000 }, (_, at) => 1 + at * scale);
    const all = histogram(times);
    for (const part of [0.5, 0.9, 0.99, 1]) {
      const exact = times[Math.ceil(part * 1000) - 1];
      const found = all.percentile(part);
      assert(
        found >= exact && found <= exact * 1.125,
        `${part} of ${scale}: ${found} for ${exact}`,
      );
    }
  }
});

Deno.test("LatencyHistogram.percentile() is never more than the longest", () => {
  assertEquals(histogram([17.3]).percentile(0.5), 17.3);
  assertEquals(histogram([17.3]).percentile(0.99), 17.3);
});

Deno.test("LatencyHistogram takes what is too short or too long for its buckets", () => {
  const all = histogram([0, -0.001, 4000, 1e9]);
  assertEquals([all.count, all.max], [4, 1e9]);
  assertEquals(all.percentile(0.5), 1 / 32);
});

Deno.test("LatencyHistogram.countBelow() is exact at powers of two", () => {
  const all = histogram([0.4, 0.5, 0.99, 1, 1.5, 2, 1000, 1024, 5000]);
  const counts = [0.5, 1, 2, 4, 1024, 2048, 8192].map((time) => all.countBelow(time));
  assertEquals(counts, [1, 3, 5, 6, 7, 8, 9]);
});

Deno.test("LatencyHistogram without anything has no percentile", () => {
  const all = new LatencyHistogram();
  assertEquals([all.count, all.sum, all.max, all.percentile(0.5)], [0, 0, 0, -1]);
});

Deno.test("LatencyHistogram.addAll() and clear() add up, and take all out", () => {
  const all = histogram([1, 2]);
  all.addAll(histogram([3, 100]));
  assertEquals([all.count, all.sum, all.max, all.countBelow(4)], [4, 106, 100, 3]);
  all.clear();
  assertEquals([all.count, all.sum, all.max, all.percentile(1)], [0, 0, 0, -1]);
});
