import { assertEquals } from "@std/assert";
import { labelled, Rank } from "../../../lib/app/status/line.ts";

function texts(...parts: (string | undefined)[]): string[] {
  return labelled("Label", parts, Rank.RATES).map(({ text }) => text);
}

Deno.test("labelled() puts commas between the parts that there are, and is nothing without any", () => {
  assertEquals(texts("one", undefined, "", "two"), ["Label      one, two"]);
  assertEquals(texts(undefined), []);
});

Deno.test("labelled() fits into 80 columns, but for a part that is longer by itself", () => {
  const part = "x".repeat(34);
  assertEquals(texts(part, part, part), [
    `Label      ${part},`,
    `           ${part},`,
    `           ${part}`,
  ]);
  assertEquals(texts(part, part.slice(2)), [`Label      ${part}, ${part.slice(2)}`]);
  assertEquals(texts("y".repeat(100), "z"), [`Label      ${"y".repeat(100)},`, "           z"]);
});
