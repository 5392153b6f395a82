/**
 * An OPT record may stand before other additional records (RFC 6891, 6.1.1). It is for our hop and does not
 * reach the client; what stands behind it must mean the same without it. Two readers judge that, neither of
 * which knows the program: dns-packet, and one of these tests for the types that dns-packet leaves as octets.
 */

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import packet from "dns-packet";
import { ReplyWriter } from "../../lib/dns/reply.ts";
import { optRecord, padding } from "../helpers/edns.ts";
import { buildMessage, CLASS, FLAG, type RecordInput, TYPE } from "../helpers/message.ts";
import { OctetReader } from "../helpers/octets.ts";
import { buildQuery } from "../helpers/query.ts";
import { asked, replyTo } from "./reply_to.ts";

/** Types with names that may be compressed, and how many octets stand before and behind how many of them. */
const LAYOUTS: Readonly<Record<number, readonly [number, number, number]>> = {
  2: [0, 1, 0],
  3: [0, 1, 0],
  4: [0, 1, 0],
  5: [0, 1, 0],
  6: [0, 2, 20],
  7: [0, 1, 0],
  8: [0, 1, 0],
  9: [0, 1, 0],
  12: [0, 1, 0],
  14: [0, 2, 0],
  15: [2, 1, 0],
  17: [0, 2, 0],
  18: [2, 1, 0],
  21: [2, 1, 0],
  23: [0, 1, 0],
  24: [18, 1, 10],
  26: [2, 2, 0],
  30: [0, 1, 4],
  33: [6, 1, 0],
  36: [2, 1, 0],
  39: [0, 1, 0],
  46: [18, 1, 20],
  58: [0, 2, 0],
  107: [2, 1, 0],
};
/** Three empty strings of NAPTR stand before its name, and an empty bitmap may stand behind that of NSEC. */
const ALL_LAYOUTS = { ...LAYOUTS, 35: [7, 1, 0], 47: [0, 1, 0] } as typeof LAYOUTS;
const TYPES = Object.keys(ALL_LAYOUTS).map(Number);
/** Without names, with octets that look like pointers. */
const OPAQUE = [TYPE.TXT, 65_399, 10];

/** A generator that gives the same numbers in every run (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof random>;

function randomName(pick: Random): string {
  const labels = Array.from({ length: 1 + pick(3) }, () => "abcd"[pick(4)]);
  return [...labels, ["test", "example", NAME][pick(3)]].join(".");
}

function withNames(type: number, pick: Random): RecordInput {
  const [before, count, behind] = ALL_LAYOUTS[type];
  const names = Array.from({ length: count }, () => ({ name: randomName(pick) }));
  const data = [new Uint8Array(before), ...names, new Uint8Array(behind)];
  return { name: randomName(pick), type, data };
}

function withoutNames(pick: Random): RecordInput {
  const octets = Array.from({ length: 2 * pick(12) }, (_, at) => at % 2 === 0 ? 0xc0 : pick(256));
  const type = OPAQUE[pick(OPAQUE.length)];
  const data = type === TYPE.TXT ? [octets.length, ...octets] : octets;
  return { name: randomName(pick), type, data: Uint8Array.from(data) };
}

function randomRecord(pick: Random): RecordInput {
  return pick(4) === 0 ? withoutNames(pick) : withNames(TYPES[pick(TYPES.length)], pick);
}

function randomRecords(pick: Random, most: number): RecordInput[] {
  return Array.from({ length: pick(most + 1) }, () => randomRecord(pick));
}

/** Each record as text, its names written out. */
function read(message: Uint8Array): string[] {
  const reader = new OctetReader(message);
  const counts = Array.from({ length: 6 }, () => reader.u16()).slice(3);
  reader.name();
  reader.u32();
  const records: string[] = [];
  for (let left = counts[0] + counts[1] + counts[2]; left > 0; left--) {
    const [name, type, number, ttl] = [reader.name(), reader.u16(), reader.u16(), reader.u32()];
    const data = readData(reader, type, reader.u16());
    if (type !== TYPE.OPT) records.push(`${name} ${type} ${number} ${ttl} ${data}`);
  }
  assertEquals(reader.left, 0);
  return records;
}

function readData(reader: OctetReader, type: number, length: number): string {
  const end = reader.offset + length;
  const [before, count] = ALL_LAYOUTS[type] ?? [length, 0];
  const parts = [reader.octets(before).toHex()];
  for (let name = 0; name < count; name++) parts.push(reader.name());
  return [...parts, reader.octets(end - reader.offset).toHex()].join(" ");
}

/** What dns-packet makes of the records; octets of types that it does not know may hold pointers. */
function decoded(message: Uint8Array): unknown[] {
  const { answers, authorities, additionals } = packet.decode(Buffer.from(message));
  return [...answers, ...authorities, ...additionals]
    .filter(({ type }) => type !== "OPT")
    .map((record) => Buffer.isBuffer(record.data) ? record.name : record);
}

const NAME = "www.example";
const QUERY = buildQuery(NAME);

/** The reply to a client without EDNS; undefined where the response is taken for malformed. */
function replyOf(response: Uint8Array): Uint8Array | undefined {
  const out = new Uint8Array(65_600).fill(0xee);
  const length = new ReplyWriter(out).writeResponse(replyTo(QUERY, 65_535), response);
  return length < 0 ? undefined : out.slice(0, length);
}

function response(
  additionals: readonly RecordInput[],
  { answers = [], authorities = [] }: { answers?: RecordInput[]; authorities?: RecordInput[] } = {},
): Uint8Array<ArrayBuffer> {
  const { id, questions } = asked(QUERY);
  const flags = FLAG.QR | FLAG.RD | FLAG.RA;
  return buildMessage({ id, flags, questions, answers, authorities, additionals, compress: true });
}

function assertSame(message: Uint8Array, what: string): void {
  const reply = replyOf(message);
  assert(reply !== undefined, what);
  assertEquals(read(reply), read(message), what);
  assertEquals(decoded(reply), decoded(message), what);
}

Deno.test("A name in data of any type behind an OPT record stays what it is", () => {
  for (const type of TYPES) {
    const pick = random(type);
    for (let round = 0; round < 20; round++) {
      const opt = optRecord({ options: [padding(pick(40))] });
      const records = [withNames(type, pick), withNames(type, pick), randomRecord(pick)];
      assertSame(response([opt, ...records]), `type ${type}, round ${round}`);
      const between = response([records[0], opt, ...records.slice(1)]);
      assertSame(between, `type ${type} in between, round ${round}`);
    }
  }
});

Deno.test("Whatever stands before and behind an OPT record means the same without it", () => {
  for (let seed = 0; seed < 1000; seed++) {
    const pick = random(seed);
    const opt = optRecord({ options: [padding(pick(60))] });
    const additionals = [...randomRecords(pick, 3), opt, ...randomRecords(pick, 8)];
    const [answers, authorities] = [randomRecords(pick, 3), randomRecords(pick, 2)];
    assertSame(response(additionals, { answers, authorities }), `seed ${seed}`);
  }
});

/** A response with an OPT record whose data is `inside`, then `tail` as further records. */
function withTail(inside: readonly number[], tail: (opt: number, end: number) => number[][]) {
  const bare = response([]);
  const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, inside.length, ...inside];
  const records = tail(bare.length, bare.length + opt.length);
  const message = Uint8Array.from([...bare, ...opt, ...records.flat()]);
  message[11] = 1 + records.length;
  return message;
}

/** A record whose owner is a pointer. */
function pointing(target: number, type = 1, data: readonly number[] = [192, 0, 2, 1]): number[] {
  return [0xc0 | (target >>> 8), target & 0xff, 0, type, 0, 1, 0, 0, 0, 9, 0, data.length, ...data];
}

/** An option of a code without meaning, whose data is a name. */
const NAME_INSIDE = [0xfd, 0xe9, 0, 3, 1, 0x61, 0];

Deno.test("A name that leads into the OPT record makes the response malformed, as it would become another", () => {
  const cases: [string, (opt: number, end: number) => number[][]][] = [
    ["the owner of the OPT record", (opt) => [pointing(opt)]],
    ["an option", (opt) => [pointing(opt + 15)]],
    ["by way of another name", (opt, end) => [pointing(opt + 15), pointing(end)]],
    ["in data", (opt) => [pointing(12, 5, [0xc0, opt + 15])]],
    ["in data of SRV", (opt) => [pointing(12, 33, [0, 0, 0, 0, 0, 0, 0xc0, opt + 15])]],
  ];
  for (const [what, tail] of cases) {
    assertEquals(replyOf(withTail(NAME_INSIDE, tail)), undefined, what);
  }
});

Deno.test("A name by way of octets that are none is taken only if it stays what it is", () => {
  // Behind the OPT record: data of an unknown type that holds a label and a pointer to the question.
  const before = withTail(NAME_INSIDE, (_, end) => {
    const raw = [0, 250, 0, 0, 1, 0, 0, 0, 9, 0, 4, 1, 0x7a, 0xc0, 12];
    return [[...raw.slice(0, 1), 0xff, ...raw.slice(2)], pointing(end + 11)];
  });
  assertSame(before, "to what is before the OPT record");
  // The same with a pointer to what moves: it cannot follow, as data of an unknown type is left alone.
  const behind = withTail(NAME_INSIDE, (_, end) => [
    [1, 0x78, 0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4],
    [0, 0xff, 0xf0, 0, 1, 0, 0, 0, 9, 0, 4, 1, 0x7a, 0xc0, end],
    pointing(end + 17 + 11),
  ]);
  assertEquals(replyOf(behind), undefined);
});

Deno.test("A name that runs from before the OPT record into it makes the response malformed", () => {
  // The last octet of the address is the length of a label, of which the OPT record is the octets and the root.
  const bare = response([{ name: "a.test", type: 1, data: Uint8Array.of(1, 1, 1, 4) }]);
  const opt = [0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0];
  const message = Uint8Array.from([...bare, ...opt, ...pointing(bare.length - 1)]);
  message[11] = 3;
  assertEquals(replyOf(message), undefined);
});

Deno.test("Names keep their class in mind: an address of Chaosnet has a name in it", () => {
  const address = (name: string): RecordInput => ({
    name: "chaos.test",
    type: TYPE.A,
    class: CLASS.CH,
    data: [{ name }, Uint8Array.of(0, 1)],
  });
  const opt = optRecord({ options: [padding(30)] });
  const message = response([opt, address("one.chaos.test"), address("two.one.chaos.test")]);
  const reply = replyOf(message);
  assert(reply !== undefined);
  const names = (octets: Uint8Array) => {
    const reader = new OctetReader(octets);
    reader.offset = response([]).length;
    const found: string[] = [];
    while (reader.left > 0) {
      found.push(reader.name());
      if (reader.u16() === TYPE.OPT) {
        reader.offset += 6;
        reader.octets(reader.u16());
      } else {
        reader.offset += 8;
        found.push(reader.name());
        reader.offset += 2;
      }
    }
    return found.filter((name) => name !== ".");
  };
  assertEquals(names(reply), names(message));
});
