import { assertEquals } from "@std/assert";
import { Mark } from "../../../lib/resolver/upstream/pending_table.ts";
import { answers, secondTry } from "../../../lib/resolver/upstream/verdict.ts";
import { CLASS, FLAG, parseMessage, RCODE, TYPE } from "../../helpers/message.ts";
import { nameOctets } from "../../helpers/name.ts";
import { buildQuery, buildResponse, type ResponseInput } from "../../helpers/query.ts";

const NAME = "www.Example";
const QUERY = buildQuery(NAME, { edns: true });
const END = 12 + nameOctets(NAME).length + 4;

function response(input: ResponseInput = {}): Uint8Array<ArrayBuffer> {
  return buildResponse(parseMessage(QUERY), input);
}

function question(name = NAME, type: number = TYPE.A, klass: number = CLASS.IN) {
  return { questions: [{ name, type, class: klass }] };
}

Deno.test("answers() wants QR, opcode QUERY and the same question (RFC 5452, 9.1; RFC 7766, 7; DOT-05, MATCH-01)", () => {
  const cases: [string, ResponseInput, boolean][] = [
    ["a response", {}, true],
    ["in another case (C6)", question("WWW.eXAMPLE"), true],
    ["an error with the question", { rcode: RCODE.SERVFAIL }, true],
    ["another name (C5)", question("wwx.example"), false],
    ["a name below", question("a.www.example"), false],
    ["another type", question(NAME, TYPE.AAAA), false],
    ["another class", question(NAME, TYPE.A, CLASS.CH), false],
    ["an error for another name", { ...question("x.example"), rcode: RCODE.SERVFAIL }, false],
    ["without QR (C10)", { flags: FLAG.RD }, false],
    ["opcode 5 (C11)", { flags: FLAG.QR | (5 << 11) }, false],
    ["two questions", { questions: [...question().questions, ...question().questions] }, false],
  ];
  for (const [what, input, expected] of cases) {
    assertEquals(answers(QUERY, END, response(input)), expected, what);
  }
});

Deno.test("answers() takes an error without question from a server that could not read it (Q13, C8)", () => {
  const bare = { questions: [], answers: [], edns: false } as const;
  const accepted = [RCODE.FORMERR, RCODE.SERVFAIL, RCODE.NOTIMP, RCODE.REFUSED];
  for (let rcode = 0; rcode < 16; rcode++) {
    const expected = (accepted as number[]).includes(rcode);
    assertEquals(answers(QUERY, END, response({ ...bare, rcode })), expected, `RCODE ${rcode}`);
  }
  const withAnswers = response({ ...bare, rcode: 2, answers: [{ name: NAME, type: 1, data: [] }] });
  assertEquals(answers(QUERY, END, withAnswers), false, "SERVFAIL without question, but an answer");
});

Deno.test("answers() is false for a message cut in its question", () => {
  for (let length = 12; length < END; length++) {
    assertEquals(answers(QUERY, END, response().subarray(0, length)), false, `${length} octets`);
  }
});

Deno.test("secondTry() is without EDNS where the server refuses it (RFC 6891, 6.2.2; EDNS-09, C24)", () => {
  const { WITHOUT_EDNS, WITHOUT_OPTIONS } = Mark;
  const cases: [string, ResponseInput, number][] = [
    ["NOERROR", {}, 0],
    ["NOERROR without answer", { answers: [] }, 0],
    ["NXDOMAIN", { rcode: 3 }, 0],
    ["SERVFAIL", { rcode: RCODE.SERVFAIL }, 0],
    ["REFUSED", { rcode: RCODE.REFUSED }, 0],
    ["FORMERR", { rcode: RCODE.FORMERR }, WITHOUT_OPTIONS],
    ["FORMERR without OPT", { rcode: RCODE.FORMERR, edns: false }, WITHOUT_OPTIONS],
    ["FORMERR of 12 octets", { rcode: 1, edns: false, questions: [] }, WITHOUT_OPTIONS],
    ["NOTIMP without OPT", { rcode: RCODE.NOTIMP, edns: false }, WITHOUT_EDNS],
    ["NOTIMP of 12 octets", { rcode: RCODE.NOTIMP, edns: false, questions: [] }, WITHOUT_EDNS],
    ["NOTIMP with OPT, which is about the question", { rcode: RCODE.NOTIMP }, 0],
    ["BADVERS", { rcode: RCODE.BADVERS }, WITHOUT_EDNS],
    ["another extended RCODE", { rcode: 32 }, 0],
    ["BADCOOKIE", { rcode: RCODE.BADCOOKIE }, 0],
  ];
  for (const [what, input, expected] of cases) {
    assertEquals(secondTry(response(input), 0), expected, what);
    assertEquals(secondTry(response(input), WITHOUT_EDNS), 0, `${what}, already without EDNS`);
    const less = expected === 0 ? 0 : WITHOUT_EDNS;
    assertEquals(secondTry(response(input), WITHOUT_OPTIONS), less, `${what}, without options`);
    assertEquals(secondTry(response(input), 0, 1), less, `${what}, with one send left`);
  }
});

Deno.test("secondTry() takes SERVFAIL without OPT for a refusal only of a server that has yet to show that it knows EDNS", () => {
  const bare = response({ rcode: RCODE.SERVFAIL, edns: false });
  assertEquals(secondTry(bare, 0, 2, false), Mark.WITHOUT_EDNS);
  assertEquals(secondTry(bare, 0, 2, true), 0);
  assertEquals(secondTry(bare, Mark.WITHOUT_OPTIONS, 2, false), 0);
  assertEquals(secondTry(bare, Mark.WITHOUT_EDNS, 2, false), 0);
  assertEquals(secondTry(response({ rcode: RCODE.SERVFAIL }), 0, 2, false), 0);
});

Deno.test("secondTry() is for a larger response where one on a stream is truncated (MSG-18, Q25, C23)", () => {
  const truncated = response({ moreFlags: FLAG.TC });
  assertEquals(secondTry(truncated, 0), Mark.LARGE);
  assertEquals(secondTry(truncated, Mark.WITHOUT_EDNS), Mark.LARGE);
  assertEquals(secondTry(truncated, Mark.LARGE), 0, "once only");
});
