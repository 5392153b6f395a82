import { assertEquals } from "@std/assert";
import {
  addKeepalive,
  addPadding,
  isCanonical,
  MAX_QUERY_LENGTH,
  writeCanonicalQuery,
} from "../../lib/dns/query.ts";
import { keepalive, OPTION, optRecord, padding, textOption } from "../helpers/edns.ts";
import { FLAG, type Message, parseMessage, TYPE } from "../helpers/message.ts";
import { nameOctets, nameOfLength } from "../helpers/name.ts";
import { addressRecord, buildQuery, type QueryInput } from "../helpers/query.ts";

const NAME = "Www.Example";
const END = 12 + nameOctets(NAME).length + 4;

function canonical(input: QueryInput, isDnssecOk = false): Message {
  const out = new Uint8Array(MAX_QUERY_LENGTH).fill(0xff);
  const length = writeCanonicalQuery(out, buildQuery(NAME, input), END, isDnssecOk);
  return parseMessage(out.subarray(0, length));
}

Deno.test("writeCanonicalQuery() keeps the question octet by octet, case included (Q11, MSG-10)", () => {
  const query = canonical({ type: 65_399, class: 77 });
  assertEquals(query.questions, [{ name: NAME, type: 65_399, class: 77 }]);
});

Deno.test("writeCanonicalQuery() keeps RD, AD and CD and no other bit of the header (MSG-11)", () => {
  for (const flags of [0, 0xffff & ~FLAG.QR, FLAG.RD, FLAG.AD, FLAG.CD, FLAG.RD | FLAG.CD]) {
    const query = canonical({ id: 0xffff, flags });
    assertEquals(query.id, 0);
    assertEquals(query.flags, flags & (FLAG.RD | FLAG.AD | FLAG.CD), flags.toString(16));
  }
});

Deno.test("writeCanonicalQuery() leaves other records, options and octets behind (RFC 6891, 6.2.6; MSG-13, MSG-14, EDNS-06, EDNS-10)", () => {
  const record = addressRecord("other.example");
  const options = [textOption(OPTION.COOKIE, "8 octets"), padding(20), textOption(65_001, "x")];
  const query = canonical({
    answers: [record],
    authorities: [record],
    additionals: [record, optRecord({ options, payloadSize: 512, flags: 0x7fff })],
    tail: new Uint8Array(10),
  });
  assertEquals([query.answers, query.authorities, query.additionals], [[], [], []]);
  assertEquals([query.opts.length, query.opt?.options, query.opt?.otherFlags], [1, [], 0]);
  assertEquals(query.tailLength, 0);
});

Deno.test("writeCanonicalQuery() has an OPT record of 1232 octets with the DO given (EDNS-08)", () => {
  for (const dnssecOk of [false, true]) {
    const { opt } = canonical({}, dnssecOk);
    assertEquals([opt?.payloadSize, opt?.version, opt?.dnssecOk], [1232, 0, dnssecOk]);
  }
});

Deno.test("MAX_QUERY_LENGTH is enough for the longest name and no more", () => {
  const name = nameOfLength(255);
  const out = new Uint8Array(600);
  const length = writeCanonicalQuery(out, buildQuery(name), 12 + 255 + 4, true);
  assertEquals(length, MAX_QUERY_LENGTH);
  assertEquals(parseMessage(out.subarray(0, length)).questions[0].name, name);
});

const EMPTY_TSIG = { name: ".", type: TYPE.TSIG, data: new Uint8Array(0) };

Deno.test("isCanonical() tells canonical queries from signed ones and TKEY (RFC 5625, 4.5)", () => {
  const tsig = { name: "key", type: TYPE.TSIG, data: new Uint8Array(30) };
  const cases: [string, QueryInput, boolean][] = [
    ["canonical", { edns: true }, true],
    ["canonical with DO", { edns: { dnssecOk: true } }, true],
    ["without OPT", {}, false],
    ["with an option", { edns: { options: [padding(0)] } }, false],
    ["signed", { additionals: [tsig] }, false],
    ["signed with nothing, as long as an OPT record", { additionals: [EMPTY_TSIG] }, false],
    ["signed, with OPT", { additionals: [optRecord(), tsig] }, false],
  ];
  for (const [what, input, expected] of cases) {
    const query = buildQuery(NAME, input);
    assertEquals(isCanonical(query, query.length, END), expected, what);
  }
});

Deno.test("addPadding() pads to the next multiple of 128 with octets of zero (RFC 8467, 4.1; RFC 7830, 3; PAD-01)", () => {
  for (let length = 1; length <= 255; length++) {
    const name = nameOfLength(length);
    const query = buildQuery(name, { edns: true });
    const out = new Uint8Array(512).fill(0xff);
    out.set(query);
    const padded = addPadding(out, 12 + nameOctets(name).length + 4, query.length);
    assertEquals(padded, Math.ceil((query.length + 4) / 128) * 128, `name of ${length} octets`);
    const { opt, tailLength, questions } = parseMessage(out.subarray(0, padded));
    assertEquals(opt?.options, [padding(padded - query.length - 4)], `name of ${length} octets`);
    assertEquals([tailLength, questions[0].name], [0, name]);
  }
});

Deno.test("addKeepalive() adds the option without a timeout, as queries must (RFC 7828, 3.2.1; KA-04)", () => {
  const query = buildQuery(NAME, { edns: { dnssecOk: true } });
  const out = new Uint8Array(512).fill(0xff);
  out.set(query);
  const length = addKeepalive(out, END, query.length);
  const { opt, tailLength } = parseMessage(out.subarray(0, length));
  assertEquals([length, tailLength], [query.length + 4, 0]);
  assertEquals([opt?.options, opt?.dnssecOk], [[keepalive()], true]);
});

Deno.test("addPadding() comes after other options and counts them (RFC 8467, 4.1; PAD-01)", () => {
  for (let length = 1; length <= 255; length++) {
    const name = nameOfLength(length);
    const query = buildQuery(name, { edns: true });
    const end = 12 + nameOctets(name).length + 4;
    const out = new Uint8Array(512).fill(0xff);
    out.set(query);
    const padded = addPadding(out, end, addKeepalive(out, end, query.length));
    assertEquals(padded, Math.ceil((query.length + 8) / 128) * 128, `name of ${length} octets`);
    const { opt, tailLength } = parseMessage(out.subarray(0, padded));
    assertEquals(opt?.options, [keepalive(), padding(padded - query.length - 8)]);
    assertEquals(tailLength, 0);
  }
});
