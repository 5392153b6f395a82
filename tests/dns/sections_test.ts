import { assert, assertEquals } from "@std/assert";
import { recordEnd, Sections } from "../../lib/dns/sections.ts";
import { optRecord } from "../helpers/edns.ts";
import {
  buildMessage,
  CLASS,
  type MessageInput,
  type RecordInput,
  TYPE,
} from "../helpers/message.ts";
import { addressRecord, addressRecords, buildQuery } from "../helpers/query.ts";

const QUESTIONS = [{ name: "www.example", type: TYPE.A, class: CLASS.IN }];
const SOA_NUMBERS = new Uint8Array(20);
const SOA: RecordInput = {
  name: "example",
  type: TYPE.SOA,
  data: [{ name: "ns.example" }, { name: "hostmaster.example" }, SOA_NUMBERS],
};
const TSIG: RecordInput = { name: "key", type: TYPE.TSIG, data: new Uint8Array(30) };

function sig(covered: number): RecordInput {
  return { name: ".", type: TYPE.SIG, data: Uint8Array.of(0, covered, ...new Array(20).fill(1)) };
}

function read(input: MessageInput): { sections: Sections; isSound: boolean } {
  const sections = new Sections();
  const isSound = sections.read(buildMessage({ questions: QUESTIONS, ...input }));
  return { sections, isSound };
}

Deno.test("Sections.read() finds where each section ends, compressed or not", () => {
  const answers = addressRecords("www.example", 3);
  const additionals = [addressRecord("ns.example"), optRecord()];
  for (const compress of [false, true]) {
    const length = (input: MessageInput) =>
      buildMessage({ questions: QUESTIONS, compress, ...input }).length;
    const tail = new Uint8Array(5);
    const { sections, isSound } = read({
      compress,
      answers,
      authorities: [SOA],
      additionals,
      tail,
    });
    assert(isSound);
    assertEquals(sections.questionEnd, length({}));
    assertEquals(sections.answerEnd, length({ answers }));
    assertEquals(sections.authorityEnd, length({ answers, authorities: [SOA] }));
    assertEquals(sections.end, length({ answers, authorities: [SOA], additionals }));
    assertEquals([sections.opt, sections.optEnd], [sections.end - 11, sections.end]);
  }
});

Deno.test("Sections.read() finds OPT wherever it stands in the additional section (RFC 6891, 6.1.1)", () => {
  const other = addressRecord("ns.example");
  const opt = optRecord({ data: new Uint8Array(8) });
  for (const additionals of [[opt], [opt, other], [other, opt], [other, opt, other]]) {
    const start = buildMessage({
      questions: QUESTIONS,
      additionals: additionals.slice(0, additionals.indexOf(opt)),
    }).length;
    const { sections } = read({ additionals });
    assertEquals([sections.opt, sections.optEnd, sections.optCount], [start, start + 19, 1]);
    assertEquals(sections.hasMisplacedOpt, false);
  }
});

Deno.test("Sections.read() counts OPT records and notes those out of place (RFC 6891, 6.1.1; EDNS-05)", () => {
  const opt = optRecord();
  const cases: [string, MessageInput, number, boolean][] = [
    ["none", {}, 0, false],
    ["two", { additionals: [opt, opt] }, 2, false],
    ["in the answer section", { answers: [opt] }, 1, true],
    ["in the authority section", { authorities: [opt] }, 1, true],
    ["of an owner other than the root", { additionals: [optRecord({ owner: "a" })] }, 1, true],
  ];
  for (const [what, input, count, isMisplaced] of cases) {
    const { sections, isSound } = read(input);
    assertEquals(
      [isSound, sections.optCount, sections.hasMisplacedOpt],
      [true, count, isMisplaced],
      what,
    );
  }
});

Deno.test("Sections.read() knows TSIG and SIG(0), as the last record only (RFC 8945, 5.1; RFC 2931, 3; TSIG-01)", () => {
  const other = addressRecord("ns.example");
  const cases: [string, MessageInput, boolean][] = [
    ["nothing", {}, false],
    ["TSIG", { additionals: [TSIG] }, true],
    ["TSIG behind OPT", { additionals: [optRecord(), TSIG] }, true],
    ["TSIG before another record", { additionals: [TSIG, other] }, false],
    ["TSIG as an answer", { answers: [TSIG] }, false],
    ["SIG(0)", { additionals: [sig(0)] }, true],
    ["SIG of a type", { additionals: [sig(TYPE.A)] }, false],
    ["SIG without data", { additionals: [{ ...sig(0), data: new Uint8Array() }] }, false],
  ];
  for (const [what, input, expected] of cases) {
    const { sections, isSound } = read(input);
    assertEquals([isSound, sections.isSigned], [true, expected], what);
  }
});

Deno.test("Sections.read() forgets the message before", () => {
  const sections = new Sections();
  sections.read(buildMessage({ answers: [optRecord()], additionals: [optRecord(), TSIG] }));
  assert(sections.read(buildQuery("second.example")));
  const { opt, optEnd, optCount, hasMisplacedOpt, isSigned } = sections;
  assertEquals([opt, optEnd, optCount, hasMisplacedOpt, isSigned], [-1, -1, 0, false, false]);
});

Deno.test("Sections.read() wants one question or none (RFC 9619, 4; MSG-05)", () => {
  assertEquals(read({ questions: [] }).isSound, true);
  assertEquals(read({ questions: [] }).sections.questionEnd, 12);
  assertEquals(read({ questions: [...QUESTIONS, ...QUESTIONS] }).isSound, false);
});

Deno.test("Sections.read() is false for a message cut anywhere before its end", () => {
  const message = buildMessage({
    questions: QUESTIONS,
    answers: addressRecords("www.example", 2),
    authorities: [SOA],
    additionals: [optRecord({ data: new Uint8Array(5) })],
    compress: true,
  });
  assertEquals(new Sections().read(message), true);
  for (let length = 12; length < message.length; length++) {
    assertEquals(new Sections().read(message.subarray(0, length)), false, `${length} octets`);
  }
});

Deno.test("Sections.read() is false if a count promises a record more", () => {
  for (let section = 1; section <= 3; section++) {
    const counts = [1, 0, 0, 0].with(section, 1);
    assertEquals(read({ counts }).isSound, false, `section ${section}`);
  }
});

Deno.test("Sections.read() checks the names in data that may be compressed (RFC 3597, 4; C27)", () => {
  const loop = Uint8Array.of(0xff, 0xff);
  const cases: [string, RecordInput["data"], number, boolean][] = [
    ["a pointer that leads nowhere", loop, TYPE.CNAME, false],
    ["the same in data without names", loop, TYPE.TXT, true],
    ["the same in an unknown type", loop, 65_399, true],
    ["a name that is longer than the data", Uint8Array.of(3, 0x61), TYPE.NS, false],
    ["a good name", [{ name: "www.example" }], TYPE.PTR, true],
    ["a good name behind a preference", [Uint8Array.of(0, 10), { name: "mx" }], TYPE.MX, true],
    ["a bad name behind a preference", [Uint8Array.of(0, 10), loop], TYPE.MX, false],
    ["a bad second name", [{ name: "ns.example" }, loop, SOA_NUMBERS], TYPE.SOA, false],
  ];
  for (const [what, data, type, expected] of cases) {
    const answers = [{ name: "www.example", type, data }];
    assertEquals(read({ answers, compress: true }).isSound, expected, what);
  }
});

Deno.test("recordEnd() is behind a record, compressed owner and data included", () => {
  const answers = [SOA, ...addressRecords("www.example", 2)];
  let expected = buildMessage({ questions: QUESTIONS }).length;
  const message = buildMessage({ questions: QUESTIONS, answers, compress: true });
  for (let count = 1; count <= answers.length; count++) {
    const end = recordEnd(message, expected);
    const input = { questions: QUESTIONS, answers: answers.slice(0, count), compress: true };
    expected = buildMessage(input).length;
    assertEquals(end, expected);
  }
});

/** `octets`, and how often one of them was looked at. */
function counted(octets: Uint8Array): { message: Uint8Array; reads: () => number } {
  let reads = 0;
  const message = new Proxy(octets, {
    get(target, key) {
      reads++;
      return Reflect.get(target, key, target);
    },
  });
  return { message, reads: () => reads };
}

/** Every owner is a pointer to the last of a thousand pointers, each of which points to the one before. */
function chainOfPointers(): Uint8Array<ArrayBuffer> {
  const start = 12 + 11 + 1;
  const links = Array.from(
    { length: 1000 },
    (_, at) => 0xc000 + start - 1 + Math.max(0, 2 * at - 1),
  );
  const chain = Uint8Array.from([0, ...links.flatMap((link) => [link >>> 8, link & 0xff])]);
  const last = start + 2 * 999;
  const record = [0xc0 | (last >>> 8), last & 0xff, 0, TYPE.A, 0, CLASS.IN, 0, 0, 0, 0, 0, 0];
  const records = Array.from({ length: 200 }, () => record).flat();
  const answers = [{ name: ".", type: TYPE.TXT, data: chain }];
  return buildMessage({ answers, counts: [0, 201], tail: Uint8Array.from(records) });
}

Deno.test("Sections.read() is done in a time that grows with the message, whatever its names point to (C32)", () => {
  const octets = chainOfPointers();
  const { message, reads } = counted(octets);
  new Sections().read(message);
  assert(reads() < 100 * octets.length, `${reads()} looks at ${octets.length} octets`);
});
