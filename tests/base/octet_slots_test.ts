import { assertEquals, assertStrictEquals } from "@std/assert";
import { OctetSlots } from "../../lib/base/octet_slots.ts";

const STRIDE = 4;

function octets(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

Deno.test("OctetSlots.keep() keeps a copy, shorter than a slot, as long as one, or longer", () => {
  for (const length of [0, 1, STRIDE - 1, STRIDE, STRIDE + 1, 65_535]) {
    const slots = new OctetSlots(3, STRIDE);
    const source = new Uint8Array(length + 2).fill(7);
    slots.keep(1, source, length);
    source.fill(9);
    assertEquals(slots.view(1), new Uint8Array(length).fill(7), `${length} octets`);
  }
});

Deno.test("OctetSlots.keep() touches no neighbouring slot", () => {
  const slots = new OctetSlots(3, STRIDE);
  for (const slot of [0, 1, 2]) slots.keep(slot, octets(slot, slot, slot, slot), 4);
  slots.keep(1, octets(9, 9, 9, 9, 9, 9), 6);
  slots.keep(1, octets(8, 8, 8, 8), 4);
  assertEquals([0, 1, 2].map((slot) => [...slots.view(slot)]), [
    [0, 0, 0, 0],
    [8, 8, 8, 8],
    [2, 2, 2, 2],
  ]);
});

Deno.test("OctetSlots.view() is what was kept last, after long octets short ones and back", () => {
  const slots = new OctetSlots(2, STRIDE);
  const steps = [
    octets(1, 2, 3, 4, 5, 6),
    octets(7),
    octets(1, 1, 1, 1, 1),
    octets(2, 2),
    octets(),
  ];
  for (const step of steps) {
    slots.keep(0, step, step.length);
    assertEquals(slots.view(0), step);
  }
});

Deno.test("OctetSlots.equals() compares length and octets from an offset on", () => {
  const slots = new OctetSlots(2, STRIDE);
  slots.keep(0, octets(1, 2, 3), 3);
  const cases: [string, Uint8Array, number, number, boolean][] = [
    ["the same", octets(1, 2, 3), 3, 0, true],
    ["the same and more behind", octets(1, 2, 3, 4), 3, 0, true],
    ["another first octet", octets(9, 2, 3), 3, 0, false],
    ["another octet before the offset", octets(9, 2, 3), 3, 1, true],
    ["another octet at the offset", octets(1, 9, 3), 3, 1, false],
    ["another last octet", octets(1, 2, 9), 3, 0, false],
    ["shorter", octets(1, 2), 2, 0, false],
    ["longer", octets(1, 2, 3, 0), 4, 0, false],
  ];
  for (const [what, other, length, from, expected] of cases) {
    assertEquals(slots.equals(0, other, length, from), expected, what);
  }
});

Deno.test("OctetSlots.octets() begins with what was kept last, in the same view each time", () => {
  const slots = new OctetSlots(2, 4);
  slots.keep(1, Uint8Array.of(1, 2, 3), 3);
  const octets = slots.octets(1);
  slots.keep(1, Uint8Array.of(9, 8), 2);
  assertStrictEquals(slots.octets(1), octets);
  assertEquals([slots.length(1), ...octets.subarray(0, 2)], [2, 9, 8]);
  slots.keep(1, Uint8Array.of(1, 2, 3, 4, 5), 5);
  assertEquals([slots.length(1), ...slots.octets(1)], [5, 1, 2, 3, 4, 5]);
});
