import { assertEquals, assertLessOrEqual } from "@std/assert";
import { RELEASED } from "../../lib/app/version.ts";

Deno.test("RELEASED is a day that has come", () => {
  assertEquals(RELEASED % 86_400_000, 0);
  assertLessOrEqual(RELEASED, Date.now());
});
