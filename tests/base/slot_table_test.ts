import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { shuffledNumbers, type SlotOrder, SlotTable } from "../../lib/base/slot_table.ts";
import { random } from "../dns/random_octets.ts";

const ORDERS: readonly SlotOrder[] = ["longest-free", "last-freed"];

function acquired(table: SlotTable, count: number): number[] {
  return Array.from({ length: count }, () => table.acquire());
}

Deno.test("SlotTable.acquire() hands out 0, 1, 2 ... first, in either order", () => {
  for (const order of ORDERS) {
    assertEquals(acquired(new SlotTable(4, order), 4), [0, 1, 2, 3], order);
  }
});

Deno.test("SlotTable.acquire() hands out given numbers in their order first", () => {
  const table = new SlotTable(4, "longest-free", Uint32Array.of(2, 0, 3, 1));
  assertEquals(acquired(table, 4), [2, 0, 3, 1]);
});

Deno.test("SlotTable.acquire() hands out the slot that was free longest", () => {
  const table = new SlotTable(4);
  acquired(table, 4);
  for (const slot of [2, 0, 3]) table.release(slot);
  assertEquals(acquired(table, 2), [2, 0]);
  table.release(1);
  assertEquals(acquired(table, 2), [3, 1]);
});

Deno.test("SlotTable.acquire() hands out the slot freed last, if told so", () => {
  const table = new SlotTable(4, "last-freed");
  acquired(table, 4);
  for (const slot of [2, 0, 3]) table.release(slot);
  assertEquals(acquired(table, 2), [3, 0]);
  table.release(1);
  assertEquals(acquired(table, 2), [1, 2]);
});

Deno.test("SlotTable.acquire() is -1 while all slots are taken", () => {
  for (const order of ORDERS) {
    const table = new SlotTable(2, order);
    assertEquals(acquired(table, 4), [0, 1, -1, -1], order);
    assertEquals(table.size, 2, order);
    table.release(0);
    assertEquals(acquired(table, 2), [0, -1], order);
  }
});

Deno.test("SlotTable.release() leaves a free slot as it is, so that none is handed out twice", () => {
  for (const order of ORDERS) {
    const table = new SlotTable(3, order);
    acquired(table, 3);
    table.release(1);
    table.release(1);
    assertEquals(table.size, 2, order);
    assertEquals(acquired(table, 2), [1, -1], order);
  }
});

Deno.test("SlotTable.has() says whether a slot is taken", () => {
  const table = new SlotTable(2);
  assertEquals([table.has(0), table.has(1)], [false, false]);
  const slot = table.acquire();
  assertEquals([table.has(0), table.has(1)], [true, false]);
  table.release(slot);
  assertEquals([table.has(0), table.has(1)], [false, false]);
});

Deno.test("SlotTable does as a list of free slots does, over 10,000 random steps", () => {
  for (const order of ORDERS) {
    const table = new SlotTable(16, order);
    const free = Array.from({ length: 16 }, (_, slot) => slot);
    const taken: number[] = [];
    const below = random(1);
    for (let step = 0; step < 10_000; step++) {
      if (below(2) === 0) {
        const slot = free.shift() ?? -1;
        assertEquals(table.acquire(), slot, `${order}, step ${step}`);
        if (slot >= 0) taken.push(slot);
      } else if (taken.length > 0) {
        const [slot] = taken.splice(below(taken.length), 1);
        table.release(slot);
        if (order === "longest-free") free.push(slot);
        else free.unshift(slot);
      }
      assertEquals(table.size, taken.length, `${order}, step ${step}`);
    }
  }
});

Deno.test("shuffledNumbers() has each number once, in another order each time (RFC 5452, 9.2)", () => {
  const [one, other] = [shuffledNumbers(65_536), shuffledNumbers(65_536)];
  assertEquals(one.toSorted(), Uint32Array.from({ length: 65_536 }, (_, number) => number));
  assertNotEquals(one, other);
  const kept = one.filter((number, at) => number === at).length;
  assert(kept < 20, `${kept} of 65,536 numbers are where they were; 1 is to be expected`);
});
