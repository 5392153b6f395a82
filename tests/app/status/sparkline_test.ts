import { assertEquals } from "@std/assert";
import { sparkline } from "../../../lib/app/status/sparkline.ts";

const ASCII = { width: 40, isUnicode: false, merge: "mean" } as const;

Deno.test("sparkline() draws a bar for each value, from zero to the highest", () => {
  assertEquals(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], ASCII), "__.:-=+*#");
  assertEquals(sparkline([0, 0.1, 80], { ...ASCII, isUnicode: true }), "\u2581\u2581\u2588");
});

Deno.test("sparkline() draws nothing where there is no value, and the lowest bar where all are zero", () => {
  const cases: [(number | null)[], string][] = [
    [[], ""],
    [[null, 3, null], " # "],
    [[null, null], "  "],
    [[0, 0], "__"],
  ];
  for (const [values, expected] of cases) assertEquals(sparkline(values, ASCII), expected);
});

Deno.test("sparkline() has neighbours share a bar where there is no room, the latest a whole one", () => {
  const values = [8, 0, 0, 0, 8, 8, 0, 8];
  assertEquals(sparkline(values, { ...ASCII, width: 8 }), "#___##_#");
  assertEquals(sparkline(values, { ...ASCII, width: 4 }), "-_#-");
  assertEquals(sparkline(values, { ...ASCII, width: 4, merge: "max" }), "#_##");
  assertEquals(sparkline([0, ...values], { ...ASCII, width: 5, merge: "max" }), "_#_##");
  assertEquals(sparkline([null, null, 1, null], { ...ASCII, width: 2 }), " #");
  assertEquals(sparkline(values, { ...ASCII, width: 0 }).length, 1);
});
