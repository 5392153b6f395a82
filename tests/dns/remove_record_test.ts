import { assertEquals } from "@std/assert";
import { removeRecord } from "../../lib/dns/remove_record.ts";
import { Sections } from "../../lib/dns/sections.ts";
import { optRecord, padding } from "../helpers/edns.ts";
import {
  buildMessage,
  CLASS,
  type Message,
  type MessageInput,
  parseMessage,
  type RecordInput,
  TYPE,
} from "../helpers/message.ts";
import { addressRecord } from "../helpers/query.ts";

const OPT = optRecord({ options: [padding(30)] });
const BASE: MessageInput = {
  questions: [{ name: "www.example", type: TYPE.A, class: CLASS.IN }],
  answers: [addressRecord("www.example")],
  compress: true,
};

/** The message with `additionals`, parsed before and after its OPT record is removed. */
function withoutOpt(additionals: readonly RecordInput[]): { before: Message; after: Message } {
  const message = buildMessage({ ...BASE, additionals });
  const before = parseMessage(message.slice());
  const sections = new Sections();
  sections.read(message);
  removeRecord(message, message.length, sections, sections.opt, sections.optEnd);
  const removed = sections.optEnd - sections.opt;
  return { before, after: parseMessage(message.subarray(0, message.length - removed)) };
}

function assertOthersKept(what: string, additionals: readonly RecordInput[]): void {
  const { before, after } = withoutOpt(additionals);
  assertEquals(after.opts.length, 0, what);
  assertEquals(after.additionals, before.additionals, what);
  assertEquals([after.questions, after.answers], [before.questions, before.answers], what);
  assertEquals(after.tailLength, 0, what);
}

Deno.test("removeRecord() takes out OPT as the only, the last, the first and a middle record", () => {
  const [one, other] = [addressRecord("ns.example"), addressRecord("ns.other")];
  for (const additionals of [[OPT], [one, OPT], [OPT, one], [one, OPT, other], [OPT, one, other]]) {
    assertOthersKept(additionals.map(({ name }) => name).join(" "), additionals);
  }
});

Deno.test("removeRecord() moves pointers to names that stand behind the record (RFC 1035, 4.1.4)", () => {
  const records = (name: string): RecordInput[] => [
    addressRecord(name),
    addressRecord(name, 2),
    addressRecord(`a.${name}`, 3),
    addressRecord(`b.a.${name}`, 4),
  ];
  assertOthersKept("owners", [OPT, ...records("behind.test")]);
  assertOthersKept("owners before and behind", [
    ...records("before.test"),
    OPT,
    ...records("behind.test"),
  ]);
});

Deno.test("removeRecord() leaves pointers to names before the record as they are", () => {
  assertOthersKept("to the question", [
    OPT,
    addressRecord("www.example"),
    addressRecord("example"),
  ]);
  assertOthersKept("to additional records", [
    addressRecord("x.test"),
    OPT,
    addressRecord("y.x.test"),
  ]);
});

Deno.test("removeRecord() moves pointers in data that may be compressed (RFC 1035, 3.3)", () => {
  const numbers = new Uint8Array(20);
  const cases: [string, number, RecordInput["data"]][] = [
    ["NS", TYPE.NS, [{ name: "ns.behind.test" }]],
    ["CNAME", TYPE.CNAME, [{ name: "behind.test" }]],
    ["PTR", TYPE.PTR, [{ name: "p.behind.test" }]],
    ["MX", TYPE.MX, [Uint8Array.of(0, 10), { name: "mx.behind.test" }]],
    ["SOA", TYPE.SOA, [{ name: "ns.behind.test" }, { name: "h.behind.test" }, numbers]],
  ];
  for (const [what, type, data] of cases) {
    const owner = { name: "behind.test", type, data };
    assertOthersKept(what, [OPT, owner, owner, addressRecord("h.behind.test")]);
  }
});

Deno.test("removeRecord() changes no octet of data that only looks like a pointer (RFC 3597, 4)", () => {
  const data = Uint8Array.from({ length: 64 }, (_, at) => at % 2 === 0 ? 0xc0 : 0x60 + at);
  for (const type of [TYPE.TXT, TYPE.SVCB, 65_399]) {
    assertOthersKept(`type ${type}`, [OPT, { name: "behind.test", type, data }]);
  }
});

Deno.test("removeRecord() leaves octets behind the message alone and moves none of them in", () => {
  const message = buildMessage({ ...BASE, additionals: [OPT, addressRecord("ns.example")] });
  const room = new Uint8Array(message.length + 100).fill(0xee);
  room.set(message);
  const sections = new Sections();
  sections.read(message);
  removeRecord(room, message.length, sections, sections.opt, sections.optEnd);
  const left = message.length - (sections.optEnd - sections.opt);
  assertEquals(parseMessage(room.subarray(0, left)).additionals.length, 1);
  assertEquals(room.subarray(message.length), new Uint8Array(100).fill(0xee));
});
