/** Quantities as a person reads them. */

import { assertEquals } from "@std/assert";
import {
  count,
  counted,
  latency,
  memory,
  rate,
  share,
} from "../../../../lib/app/web/page/quantity.ts";

Deno.test("count() groups the digits", () => {
  assertEquals([0, 999, 1000, 16_384, 1_234_567].map(count), [
    "0",
    "999",
    "1,000",
    "16,384",
    "1,234,567",
  ]);
});

Deno.test("counted() knows one from many", () => {
  assertEquals([0, 1, 2000].map((number) => counted(number, "failure")), [
    "0 failures",
    "1 failure",
    "2,000 failures",
  ]);
});

Deno.test("rate() and latency() keep as many digits as are of use", () => {
  assertEquals([0, 0.12, 20.66, 187.4, 12_345.6].map(rate), ["0", "0.12", "20.7", "187", "12,346"]);
  assertEquals([0.03, 9.844, 110, 2113].map(latency), ["0.03 ms", "9.84 ms", "110 ms", "2.1 s"]);
});

Deno.test("memory() counts in megabytes, as status does", () => {
  assertEquals(memory(57_671_680), "58 MB");
});

Deno.test("share() is 0 % of nothing alone, and 100 % of all alone", () => {
  const cases: [number, number][] = [[0, 0], [0, 5], [1, 100_000], [1, 40], [1, 3], [999, 1000]];
  assertEquals(cases.map(([part, whole]) => share(part, whole)), [
    "0 %",
    "0 %",
    "< 0.1 %",
    "2.5 %",
    "33 %",
    "99.9 %",
  ]);
  assertEquals(share(99_999, 100_000), "> 99.9 %");
  assertEquals(share(7, 7), "100 %");
});
