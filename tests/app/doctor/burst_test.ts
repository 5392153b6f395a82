import { assertEquals } from "@std/assert";
import { type Burst, orderText, parallelText } from "../../../lib/app/doctor/burst.ts";

function burst(order: readonly number[], duration = 0, problem?: string): Burst {
  return { asked: 64, order, duration, problem };
}

const ALL = Array.from({ length: 64 }, (_, index) => index);

Deno.test("parallelText() estimates how many are worked on from the time of one alone", () => {
  const cases: [number, number, string][] = [
    [30, 30, "30 ms, one alone in 30 ms: it works on about 64 at a time (an estimate)"],
    [20, 30, "20 ms, one alone in 30 ms: it works on about 64 at a time (an estimate)"],
    [320, 10, "320 ms, one alone in 10 ms: it works on about 2 at a time (an estimate)"],
    [640, 10, "640 ms, one alone in 10 ms: it works on one at a time (an estimate)"],
    [9000, 10, "9000 ms, one alone in 10 ms: it works on one at a time (an estimate)"],
    [9, 1.9, "9.0 ms; too quick to tell how many it works on at a time"],
  ];
  for (const [duration, alone, text] of cases) {
    const expected = `64 of 64 queries at once answered in ${text}`;
    assertEquals(parallelText(burst(ALL, duration), alone), expected);
  }
});

Deno.test("parallelText() says why not all were answered", () => {
  assertEquals(
    parallelText(burst([0, 1], 12, "no answer in time"), 30),
    "2 of 64 queries at once answered in 12 ms, then: no answer in time",
  );
});

Deno.test("orderText() counts the queries whose answers were overtaken", () => {
  const inOrder = "in the order of the queries (no answer was overtaken; none may have been slow)";
  assertEquals(orderText(burst(ALL)), inOrder);
  assertEquals(orderText(burst([0, 2, 5])), inOrder);
  assertEquals(
    orderText(burst([3, 0, 1, 4, 2])),
    "out of order: 3 were overtaken by later ones",
  );
});
