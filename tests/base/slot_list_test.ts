import { assertEquals } from "@std/assert";
import { SlotList } from "../../lib/base/slot_list.ts";
import { random } from "../dns/random_octets.ts";

function slots(list: SlotList): number[] {
  const found: number[] = [];
  for (let slot = list.first; slot >= 0; slot = list.after(slot)) found.push(slot);
  return found;
}

function listOf(...members: number[]): SlotList {
  const list = new SlotList(8);
  for (const slot of members) list.append(slot);
  return list;
}

Deno.test("SlotList.first is -1 without slots", () => {
  const list = listOf(3);
  list.remove(3);
  assertEquals([listOf().first, list.first], [-1, -1]);
});

Deno.test("SlotList.append() adds at the end, SlotList.insertBefore() where it is told", () => {
  const list = listOf(3, 5);
  list.insertBefore(3, 1);
  list.append(0);
  list.insertBefore(0, 7);
  list.insertBefore(-1, 2);
  assertEquals(slots(list), [1, 3, 5, 7, 0, 2]);
  const empty = listOf();
  empty.insertBefore(-1, 4);
  assertEquals(slots(empty), [4]);
});

Deno.test("SlotList.remove() takes out the first, a middle, the last and the only slot", () => {
  const cases: [number[], number, number[]][] = [
    [[1, 2, 3], 1, [2, 3]],
    [[1, 2, 3], 2, [1, 3]],
    [[1, 2, 3], 3, [1, 2]],
    [[4], 4, []],
  ];
  for (const [members, removed, left] of cases) {
    const list = listOf(...members);
    list.remove(removed);
    assertEquals(slots(list), left, `${members} without ${removed}`);
    list.append(removed);
    assertEquals(slots(list), [...left, removed], `${members}, ${removed} added again`);
  }
});

Deno.test("SlotList does as an array does, over 10,000 random steps", () => {
  const list = new SlotList(12);
  let model: number[] = [];
  const below = random(4);
  for (let step = 0; step < 10_000; step++) {
    const slot = below(12);
    if (model.includes(slot)) {
      list.remove(slot);
      model = model.filter((each) => each !== slot);
    } else if (below(2) === 0) {
      list.append(slot);
      model.push(slot);
    } else {
      const at = below(model.length + 1);
      list.insertBefore(model[at] ?? -1, slot);
      model.splice(at, 0, slot);
    }
    assertEquals(slots(list), model, `step ${step}`);
  }
});
