import { assert, assertEquals, assertNotEquals, assertStrictEquals } from "@std/assert";
import { PendingTable } from "../../../lib/resolver/upstream/pending_table.ts";
import { buildQuery } from "../../helpers/query.ts";
import { nameOctets, nameOfLength } from "../../helpers/name.ts";
import { TYPE } from "../../helpers/message.ts";
import { asToken, Recorder } from "../recorder.ts";

const QUERY = buildQuery("www.example", { id: 0, edns: true });
const ID_COUNT = 65_536;

function tableOf(count: number, capacity = count) {
  const table = new PendingTable<string>(capacity);
  const requester = new Recorder();
  const add = (token: number) => table.add(QUERY, requester, asToken(token), token * 10);
  const slots = Array.from({ length: count }, (_, token) => add(token));
  return { table, requester, slots, add };
}

function listed(list: PendingTable<string>["byAge"]): number[] {
  const slots: number[] = [];
  for (let slot = list.first; slot >= 0; slot = list.after(slot)) slots.push(slot);
  return slots;
}

Deno.test("PendingTable.add() keeps a copy of the query, its requester, token and time", () => {
  const table = new PendingTable<string>(3);
  for (const name of ["a", nameOfLength(255)]) {
    const query = buildQuery(name, { id: 0, edns: true });
    const copy = query.slice();
    const requester = new Recorder();
    const slot = table.add(query, requester, asToken(2 ** 40), 77.5);
    query.fill(0);
    assertEquals(table.query(slot).subarray(0, table.length(slot)), copy);
    assertEquals(table.questionEnd(slot), 12 + nameOctets(name).length + 4);
    assertEquals([table.token(slot), table.added[slot], table.sends[slot]], [2 ** 40, 77.5, 0]);
    assertStrictEquals(table.take(slot), requester);
  }
});

Deno.test("PendingTable.add() keeps a signed query of any length (TSIG-01)", () => {
  const { table, requester } = tableOf(1, 2);
  const tsig = { name: "key", type: TYPE.TSIG, data: new Uint8Array(60_000).fill(7) };
  const query = buildQuery("www.example", { additionals: [tsig] });
  assertEquals(table.query(table.add(query, requester, asToken(1), 0)), query);
});

Deno.test("PendingTable.add() is -1 while the table is full", () => {
  const { table, slots, add } = tableOf(3);
  assertEquals([new Set(slots).size, add(9), table.size], [3, -1, 3]);
  table.take(slots[1]);
  assertEquals([table.size, add(9) >= 0, add(10)], [2, true, -1]);
});

Deno.test("PendingTable.add() begins anew in a slot that was used", () => {
  const { table, slots, add } = tableOf(1);
  table.launch(slots[0], "one", 5);
  table.marks[slots[0]] = 3;
  table.take(slots[0]);
  const slot = add(1);
  assertEquals([table.sends[slot], table.marks[slot], table.id(slot)], [0, 0, -1]);
  assertEquals([table.connection(slot), listed(table.waiting)], [undefined, [slot]]);
});

Deno.test("PendingTable.launch() gives an ID that finds the entry, on its connection only", () => {
  const { table, slots: [slot] } = tableOf(1);
  const id = table.launch(slot, "one", 42);
  assert(id >= 0 && id < ID_COUNT);
  assertEquals([table.id(slot), table.sent[slot], table.sends[slot]], [id, 42, 1]);
  assertEquals([table.inFlight(id, "one"), table.inFlight(id, "other")], [slot, -1]);
  assertEquals(table.inFlight(id ^ 1, "one"), -1);
  assertEquals(table.connection(slot), "one");
});

Deno.test("PendingTable.launch() uses no ID twice at a time, and is -1 once all are used (RFC 7766, 6.2.1; DOT-04)", () => {
  const { table, slots } = tableOf(ID_COUNT + 1);
  const ids = slots.map((slot) => table.launch(slot, "one", 0));
  assertEquals(new Set(ids).size, ID_COUNT + 1);
  assertEquals(ids.indexOf(-1), ID_COUNT);
  assertEquals(listed(table.waiting), [slots[ID_COUNT]], "the entry without ID waits");
  table.take(slots[5]);
  assertEquals(table.launch(slots[ID_COUNT], "one", 0), ids[5]);
});

Deno.test("PendingTable with few IDs uses only these, each once at a time; any other finds no entry", () => {
  const table = new PendingTable<string>(9, 8);
  const requester = new Recorder();
  const slots = Array.from({ length: 9 }, (_, at) => table.add(QUERY, requester, asToken(at), 0));
  const ids = slots.map((slot) => table.launch(slot, "one", 0));
  assertEquals(ids.slice(0, 8).toSorted(), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals(ids[8], -1);
  for (const id of [8, 4095, 65_535]) assertEquals(table.inFlight(id, "one"), -1);
});

Deno.test("PendingTable.launch() uses an ID again as late as possible, in no order that can be guessed (RFC 5452, 9.2)", () => {
  const { table, slots: [slot], add } = tableOf(1);
  const ids = [table.launch(slot, "one", 0)];
  table.take(slot);
  for (let count = 1; count < ID_COUNT; count++) {
    const next = add(count);
    ids.push(table.launch(next, "one", 0));
    table.take(next);
  }
  assertEquals(new Set(ids).size, ID_COUNT);
  const followers = ids.filter((id, at) => at > 0 && id === ids[at - 1] + 1).length;
  assert(followers < 20, `${followers} IDs follow the one before`);
  assertNotEquals(ids, ids.toSorted((a, b) => a - b));
});

Deno.test("PendingTable.recall() puts an entry before those that came later, in whatever order they are recalled", () => {
  const { table, slots } = tableOf(5);
  for (const slot of slots) table.launch(slot, "one", 0);
  for (const at of [1, 4, 0, 2, 3]) table.recall(slots[at]);
  assertEquals(listed(table.waiting), slots);
});

Deno.test("PendingTable.recall() makes an entry the first to be sent again; its ID is free", () => {
  const { table, slots } = tableOf(4);
  const ids = slots.slice(0, 3).map((slot) => table.launch(slot, "one", 0));
  assertEquals(listed(table.waiting), [slots[3]]);
  for (const slot of [slots[2], slots[0]]) table.recall(slot);
  assertEquals(listed(table.waiting), [slots[0], slots[2], slots[3]]);
  assertEquals(listed(table.byAge), slots);
  assertEquals([table.inFlight(ids[0], "one"), table.inFlight(ids[1], "one")], [-1, slots[1]]);
  assertEquals([table.connection(slots[0]), table.id(slots[0]), table.sends[slots[0]]], [
    undefined,
    -1,
    1,
  ]);
});

Deno.test("PendingTable.take() takes out entries that wait and entries in flight", () => {
  const { table, requester, slots } = tableOf(3);
  const id = table.launch(slots[1], "one", 0);
  assertStrictEquals(table.take(slots[0]), requester);
  assertStrictEquals(table.take(slots[1]), requester);
  assertEquals([table.size, table.inFlight(id, "one")], [1, -1]);
  assertEquals([listed(table.byAge), listed(table.waiting)], [[slots[2]], [slots[2]]]);
});

Deno.test("PendingTable.abandon() takes the entry out, but its ID stays out of use until released (Q1, DOT-04)", () => {
  const { table, slots, add } = tableOf(ID_COUNT);
  const ids = slots.map((slot) => table.launch(slot, "one", 0));
  table.abandon(slots[7]);
  assertEquals([table.size, table.inFlight(ids[7], "one")], [ID_COUNT - 1, -1]);
  const slot = add(1);
  assertEquals(table.launch(slot, "one", 0), -1);
  table.releaseId(ids[7]);
  assertEquals(table.launch(slot, "one", 0), ids[7]);
});

Deno.test("PendingTable.byAge lists all entries, oldest first", () => {
  const { table, slots, add } = tableOf(4);
  table.launch(slots[0], "one", 0);
  table.take(slots[1]);
  const latest = add(9);
  table.recall(slots[0]);
  assertEquals(listed(table.byAge), [slots[0], slots[2], slots[3], latest]);
});

Deno.test("PendingTable.relaunch() puts an entry on a second connection: both IDs find it, each on its own", () => {
  const { table, slots: [slot] } = tableOf(1);
  const first = table.launch(slot, "one", 5);
  const second = table.relaunch(slot, "two", 7);
  assertNotEquals(first, second);
  assertEquals([table.inFlight(first, "one"), table.inFlight(second, "two")], [slot, slot]);
  assertEquals([table.inFlight(first, "two"), table.inFlight(second, "one")], [-1, -1]);
  assertEquals(table.earlier(slot), { id: first, connection: "one", sent: 5 });
  assertEquals([table.id(slot), table.sent[slot], table.sends[slot]], [second, 7, 2]);
});

Deno.test("PendingTable.relaunch() is -1 for an entry that waits, or is on two connections already", () => {
  const { table, slots: [slot] } = tableOf(1);
  assertEquals(table.relaunch(slot, "two", 0), -1);
  table.launch(slot, "one", 0);
  table.relaunch(slot, "two", 0);
  assertEquals([table.relaunch(slot, "three", 0), table.sends[slot]], [-1, 2]);
});

Deno.test("PendingTable.settle() keeps the copy on one connection; the ID of the other stays out of use (Q1)", () => {
  for (const kept of ["one", "two"]) {
    const { table, slots: [slot] } = tableOf(1);
    const ids = [table.launch(slot, "one", 5), table.relaunch(slot, "two", 7)];
    const at = kept === "one" ? 0 : 1;
    const other = table.settle(slot, kept);
    assertEquals([other?.id, other?.connection], [ids[1 - at], kept === "one" ? "two" : "one"]);
    assertEquals(table.inFlight(ids[1 - at], ["two", "one"][at]), -1);
    assertEquals(table.inFlight(ids[at], kept), slot);
    assertEquals([table.id(slot), table.sent[slot]], [ids[at], [5, 7][at]]);
    assertEquals([table.earlier(slot), table.settle(slot, kept)], [undefined, undefined]);
    table.take(slot);
    assertEquals(table.inFlight(ids[at], kept), -1);
  }
});
