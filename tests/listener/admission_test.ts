/** Table Q9 of the protocol design: what becomes of each kind of message. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Admission, DROP, FORWARD } from "../../lib/listener/admission.ts";
import { Prefixes } from "../../lib/base/prefixes.ts";
import { MAX_QUERY_LENGTH } from "../../lib/dns/query.ts";
import { OPTION, optRecord, textOption } from "../helpers/edns.ts";
import {
  oddButGood,
  unanswerable,
  withImpossibleType,
  withMalformedOpt,
  withUnreadableQuestion,
} from "../helpers/malformed.ts";
import { CLASS, FLAG, parseMessage, RCODE, TYPE } from "../helpers/message.ts";
import { nameOctets, nameOfLength } from "../helpers/name.ts";
import { addressRecord, addressRecords, buildQuery, type QueryInput } from "../helpers/query.ts";
import { hostile } from "../dns/random_octets.ts";

const NAME = "www.example";
const END = 12 + nameOctets(NAME).length + 4;
const TSIG = { name: "key", type: TYPE.TSIG, data: new Uint8Array(30) };

function read(octets: Uint8Array, isStream = false): { admission: Admission; verdict: number } {
  const admission = new Admission();
  return { verdict: admission.read(octets, isStream), admission };
}

function asked(input: QueryInput, isStream = false) {
  return read(buildQuery(NAME, input), isStream);
}

Deno.test("Admission.read() drops responses and what is shorter than a header (MSG-03, MSG-04; Q9)", () => {
  for (const { what, octets } of unanswerable()) assertEquals(read(octets).verdict, DROP, what);
});

Deno.test("Admission.read() is FORMERR without question where it cannot be read (RFC 9619, 4; MSG-05, MSG-06, MSG-07; Q9)", () => {
  for (const { what, octets } of withUnreadableQuestion()) {
    const { verdict, admission } = read(octets);
    assertEquals([verdict, admission.questionEnd], [RCODE.FORMERR, 12], what);
  }
});

Deno.test("Admission.read() is FORMERR for a malformed OPT (RFC 6891, 6.1.1; EDNS-05; Q9)", () => {
  for (const { what, octets } of withMalformedOpt()) {
    assertEquals(read(octets).verdict, RCODE.FORMERR, what);
  }
});

Deno.test("Admission.read() is FORMERR for types that are no questions (MSG-16; Q9)", () => {
  for (const { what, octets } of withImpossibleType()) {
    assertEquals(read(octets).verdict, RCODE.FORMERR, what);
  }
});

Deno.test("Admission.read() has OPT in a FORMERR if that of the query could be read (MSG-06, MSG-07)", () => {
  const additionals = [optRecord({ options: [textOption(OPTION.COOKIE, "12345678")] })];
  assertEquals(asked({ questions: [], additionals }).admission.hasOpt, true);
  assertEquals(asked({ questions: [] }).admission.hasOpt, false);
  assertEquals(asked({ edns: { owner: "a" } }).admission.hasOpt, false);
});

Deno.test("Admission.read() forwards odd but readable queries (RFC 5625, 4.1; MSG-11, MSG-13, MSG-14; Q9)", () => {
  for (const { what, octets } of oddButGood()) assertEquals(read(octets).verdict, FORWARD, what);
});

Deno.test("Admission.read() forwards every type, class and name (RFC 3597; MSG-08, MSG-10, MSG-16)", () => {
  for (const type of [0, TYPE.A, TYPE.ANY, TYPE.TKEY, 65_399, 65_535]) {
    for (const klass of [0, CLASS.IN, CLASS.CH, 77, CLASS.ANY]) {
      assertEquals(asked({ type, class: klass }).verdict, FORWARD, `type ${type}, class ${klass}`);
    }
  }
  for (const name of [".", "a\\000b\\046.\\255", nameOfLength(255)]) {
    const { verdict, admission } = read(buildQuery(name));
    assertEquals([verdict, admission.questionEnd], [FORWARD, 12 + nameOctets(name).length + 4]);
  }
});

Deno.test("Admission.read() is NOTIMP for every opcode but QUERY, with the question if readable (RFC 8906, 3.1.4; MSG-12; Q9)", () => {
  for (let opcode = 1; opcode < 16; opcode++) {
    const { verdict, admission } = asked({ flags: opcode << 11, edns: true });
    assertEquals([verdict, admission.questionEnd, admission.hasOpt], [RCODE.NOTIMP, END, true]);
    for (const { what, octets } of withUnreadableQuestion()) {
      octets[2] = opcode << 3;
      const unreadable = read(octets);
      assertEquals(
        [unreadable.verdict, unreadable.admission.questionEnd],
        [RCODE.NOTIMP, 12],
        what,
      );
    }
  }
});

Deno.test("Admission.read() is BADVERS for EDNS of another version, with question and OPT (RFC 6891, 6.1.3; EDNS-04; Q9)", () => {
  for (const version of [1, 100, 255]) {
    const { verdict, admission } = asked({ edns: { version } });
    assertEquals([verdict, admission.questionEnd, admission.hasOpt], [RCODE.BADVERS, END, true]);
  }
});

Deno.test("Admission.read() is REFUSED for zone transfers, with the question (Q15)", () => {
  for (const type of [TYPE.AXFR, TYPE.IXFR]) {
    const { verdict, admission } = asked({ type, authorities: [addressRecord("a")] });
    assertEquals([verdict, admission.questionEnd], [RCODE.REFUSED, END]);
  }
});

Deno.test("Admission.payloadSize is at least 512, and 512 without EDNS (RFC 6891, 6.2.3; EDNS-07, MSG-15)", () => {
  const sizes = [[0, 512], [100, 512], [512, 512], [513, 513], [1232, 1232], [65_535, 65_535]];
  for (const [payloadSize, expected] of sizes) {
    assertEquals(asked({ edns: { payloadSize } }).admission.payloadSize, expected);
  }
  assertEquals(asked({}).admission.payloadSize, 512);
});

Deno.test("Admission.isDnssecOk is DO, of all flags (EDNS-06)", () => {
  assertEquals(asked({ edns: { dnssecOk: true } }).admission.isDnssecOk, true);
  assertEquals(asked({ edns: { flags: 0x7fff } }).admission.isDnssecOk, false);
});

Deno.test("Admission.read() ignores options that it does not know (RFC 6891, 6.1.2; EDNS-06, COOK-01)", () => {
  const options = [
    textOption(100, "x"),
    textOption(OPTION.COOKIE, "7 octet"),
    textOption(8, "bad"),
  ];
  assertEquals(asked({ edns: { options } }).verdict, FORWARD);
});

Deno.test("Admission.asksKeepalive is for streams; a client sends the option empty (RFC 7828, 3.2.1; KA-01, KA-02)", () => {
  const keepalive = (length: number) => ({
    edns: { options: [{ code: OPTION.KEEPALIVE, data: new Uint8Array(length) }] },
  });
  const cases: [string, number, boolean, number, boolean][] = [
    ["empty, stream", 0, true, FORWARD, true],
    ["empty, datagram", 0, false, FORWARD, false],
    ["with a value, stream", 2, true, RCODE.FORMERR, true],
    ["with a value, datagram", 2, false, FORWARD, false],
  ];
  for (const [what, length, isStream, verdict, asks] of cases) {
    const seen = asked(keepalive(length), isStream);
    assertEquals(seen.verdict, verdict, what);
    if (verdict === FORWARD) assertEquals(seen.admission.asksKeepalive, asks, what);
  }
});

Deno.test("Admission.isOpaque for signed queries and TKEY (RFC 5625, 4.5; TSIG-01, MSG-16)", () => {
  const sig0 = { name: ".", type: TYPE.SIG, data: new Uint8Array(30) };
  const cases: [string, QueryInput, boolean][] = [
    ["plain", { edns: true }, false],
    ["TSIG", { additionals: [TSIG] }, true],
    ["TSIG behind OPT", { additionals: [optRecord(), TSIG] }, true],
    ["SIG(0)", { additionals: [sig0] }, true],
    ["TKEY", { type: TYPE.TKEY }, true],
  ];
  for (const [what, input, expected] of cases) {
    const { verdict, admission } = asked(input);
    assertEquals([verdict, admission.isOpaque], [FORWARD, expected], what);
  }
});

Deno.test("Admission.outgoing() is the message itself if it is opaque, else its canonical form", () => {
  const out = new Prefixes(new Uint8Array(MAX_QUERY_LENGTH), MAX_QUERY_LENGTH);
  const signed = buildQuery(NAME, { additionals: [TSIG] });
  assertStrictEquals(read(signed).admission.outgoing(signed, out), signed);
  const query = buildQuery(NAME, {
    edns: { dnssecOk: true, payloadSize: 4096 },
    tail: Uint8Array.of(1),
  });
  const outgoing = parseMessage(read(query).admission.outgoing(query, out));
  assertEquals([outgoing.id, outgoing.tailLength, outgoing.opt?.payloadSize], [0, 0, 1232]);
  assertEquals([outgoing.opt?.dnssecOk, outgoing.questions[0].name], [true, NAME]);
});

Deno.test("Admission.read() forgets the message before", () => {
  const admission = new Admission();
  const keepalive = { code: OPTION.KEEPALIVE, data: new Uint8Array() };
  const edns = { payloadSize: 4096, dnssecOk: true, options: [keepalive] };
  admission.read(buildQuery(NAME, { additionals: [optRecord(edns), TSIG] }), true);
  for (const { octets } of [...unanswerable(), { octets: buildQuery("a") }]) {
    admission.read(octets, true);
    const { hasOpt, isDnssecOk, isOpaque, asksKeepalive, payloadSize } = admission;
    assertEquals([hasOpt, isDnssecOk, isOpaque, asksKeepalive], [false, false, false, false]);
    assertEquals(payloadSize, 512);
  }
});

Deno.test("Admission.read() never throws, drops every response, and forwards only what can be written on", () => {
  const seeds = [
    buildQuery(NAME, { edns: { options: [textOption(11, ""), textOption(10, "12345678")] } }),
    buildQuery(NAME, { answers: addressRecords(NAME, 2), compress: true }),
    buildQuery(NAME, { additionals: [optRecord(), TSIG] }),
  ];
  const out = new Prefixes(new Uint8Array(MAX_QUERY_LENGTH), MAX_QUERY_LENGTH);
  const admission = new Admission();
  let forwarded = 0;
  for (const octets of hostile(41, seeds, 30_000)) {
    const verdict = admission.read(octets, octets.length % 2 === 0);
    if (octets.length < 12 || octets[2] & 0x80) assertEquals(verdict, DROP);
    if (verdict !== FORWARD) continue;
    forwarded++;
    const outgoing = admission.outgoing(octets, out);
    if (admission.isOpaque) continue;
    const { questions, opts, flags, tailLength } = parseMessage(outgoing);
    assertEquals([questions.length, opts.length, tailLength], [1, 1, 0]);
    assertEquals(flags & ~(FLAG.RD | FLAG.AD | FLAG.CD), 0);
  }
  assert(forwarded > 3000, `only ${forwarded} were forwarded`);
});
