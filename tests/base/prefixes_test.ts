import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Prefixes } from "../../lib/base/prefixes.ts";

Deno.test("Prefixes.of() is the first octets of the buffer, as they are now", () => {
  const octets = Uint8Array.of(1, 2, 3, 4, 5);
  const prefixes = new Prefixes(octets, 3);
  for (const length of [0, 1, 3, 4, 5]) {
    assertEquals([...prefixes.of(length)], [1, 2, 3, 4, 5].slice(0, length));
  }
  octets[0] = 9;
  assertEquals([...prefixes.of(2)], [9, 2]);
});

Deno.test("Prefixes.of() makes each view once, but for the longest", () => {
  const prefixes = new Prefixes(new Uint8Array(5), 3);
  for (const length of [0, 1, 3]) {
    assertStrictEquals(prefixes.of(length), prefixes.of(length));
  }
  assert(prefixes.of(4) !== prefixes.of(4));
});
