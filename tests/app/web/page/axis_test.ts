/** The axes of the charts. */

import { assert, assertEquals } from "@std/assert";
import { latencyAxis, linearAxis } from "../../../../lib/app/web/page/axis.ts";

Deno.test("linearAxis() has round ticks from zero to beyond the most", () => {
  const cases: [number, number[]][] = [
    [0, [0, 0.5]],
    [0.4, [0, 0.5]],
    [1, [0, 0.5, 1]],
    [42, [0, 20, 40, 60]],
    [100, [0, 50, 100]],
    [12_345, [0, 5000, 10_000, 15_000]],
  ];
  for (const [most, ticks] of cases) assertEquals(linearAxis(most).ticks, ticks);
});

Deno.test("linearAxis() has few ticks and no value above the top, whatever the most", () => {
  for (let most = 0.01; most < 1e6; most *= 1.37) {
    const { ticks, place } = linearAxis(most);
    assert(ticks.length >= 2 && ticks.length <= 5, `${most}: ${ticks}`);
    assert(place(most) <= 1 && place(0) === 0, `${most}: ${place(most)}`);
    assertEquals(rounded(place(ticks[ticks.length - 1])), 1);
  }
});

Deno.test("latencyAxis() has ticks around all times, fine ones where they are close together", () => {
  assertEquals(latencyAxis([12, 80]).ticks, [10, 30, 100]);
  assertEquals(latencyAxis([9.8, 2113]).ticks, [3, 10, 30, 100, 300, 1000, 3000]);
  assertEquals(latencyAxis([2, 4000]).ticks, [1, 10, 100, 1000, 10_000]);
  assert(latencyAxis([]).ticks.length >= 2);
});

Deno.test("latencyAxis() places each decade alike, and what is beyond its ends at them", () => {
  const { place } = latencyAxis([1, 10_000]);
  assertEquals(rounded(place(10)), 0.25);
  assertEquals(rounded(place(1000)), 0.75);
  assertEquals([place(0), place(0.01), place(60_000)], [0, 0, 1]);
});

Deno.test("latencyAxis() has few ticks, whatever the times", () => {
  for (let low = 0.03; low < 20_000; low *= 2.1) {
    for (let high = low; high < 20_000; high *= 3.7) {
      const { ticks } = latencyAxis([low, high]);
      assert(ticks.length >= 2 && ticks.length <= 7, `${low} to ${high}: ${ticks}`);
    }
  }
});

function rounded(place: number): number {
  return Math.round(place * 1e6) / 1e6;
}
