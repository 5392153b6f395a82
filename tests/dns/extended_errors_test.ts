/** Extended errors of an upstream that are not as RFC 8914, 2 has them: a good answer must not suffer. */

import { assertEquals } from "@std/assert";
import { extendedErrorOption, OPTION, type Option, textOption } from "../helpers/edns.ts";
import { RCODE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { errorReply, reply, replyTo } from "./reply_to.ts";

/** An extended error with these octets as its text. */
function error(code: number, ...text: number[]): Option {
  return { code: OPTION.EXTENDED_ERROR, data: Uint8Array.of(code >>> 8, code & 0xff, ...text) };
}

function raw(...data: number[]): Option {
  return { code: OPTION.EXTENDED_ERROR, data: Uint8Array.from(data) };
}

/** What the client gets of these options besides the answer. */
function passedOn(options: Option[], rcode: number = RCODE.NOERROR, limit = 1232) {
  const made = reply({ query: { edns: true }, response: { rcode, edns: { options } }, limit });
  assertEquals(made.rcode, rcode);
  assertEquals(made.answers.length, rcode === RCODE.NOERROR ? 1 : 0);
  return made.extendedErrors;
}

const GOOD = extendedErrorOption(22, "fine");
const PASSED = { code: 22, text: "fine" };

Deno.test("A client gets the answer without extended errors that are too short to have a code", () => {
  for (const rcode of [RCODE.NOERROR, RCODE.SERVFAIL, RCODE.NXDOMAIN]) {
    for (const short of [raw(), raw(0), raw(22)]) {
      assertEquals(passedOn([short], rcode), []);
      assertEquals(passedOn([short, GOOD, short, GOOD], rcode), [PASSED, PASSED]);
    }
  }
});

/** What is not UTF-8 (RFC 3629, 4; the Unicode Standard, table 3-7). */
const NOT_UTF8: readonly [string, number[]][] = [
  ["an octet that never is", [0xff]],
  ["Latin-1", [0x63, 0x61, 0x66, 0xe9]],
  ["an octet that goes on with nothing", [0x61, 0x80]],
  ["a character of two octets that is cut", [0x61, 0xc3]],
  ["a character of three octets that is cut", [0xe2, 0x82]],
  ["a character of four octets that is cut", [0xf0, 0x9f, 0x98]],
  ["a character that is cut by another", [0xe2, 0x82, 0x61]],
  ["a slash in two octets", [0xc0, 0xaf]],
  ["a letter in two octets", [0xc1, 0x81]],
  ["zero in two octets", [0xc0, 0x80]],
  ["three octets where two do", [0xe0, 0x9f, 0xbf]],
  ["four octets where three do", [0xf0, 0x8f, 0xbf, 0xbf]],
  ["half a surrogate pair", [0xed, 0xa0, 0x80]],
  ["a surrogate pair", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ["far beyond", [0xf5, 0x80, 0x80, 0x80]],
  ["five octets", [0xf8, 0x88, 0x80, 0x80, 0x80]],
];

Deno.test("A client gets the code alone of an extended error whose text is not UTF-8", () => {
  for (const [what, octets] of NOT_UTF8) {
    const errors = passedOn([error(6, ...octets), GOOD, error(49_152, 0x61, ...octets, 0x61)]);
    assertEquals(errors, [{ code: 6, text: "" }, PASSED, { code: 49_152, text: "" }], what);
  }
});

Deno.test("A client gets a text in any script as it is", () => {
  for (
    const text of ["", "caf\u00e9", "\u20ac \u4e2d\u6587", "\u{1f600}\u{10ffff}", "\ud7ff\ue000"]
  ) {
    assertEquals(passedOn([extendedErrorOption(15, text)]), [{ code: 15, text }]);
  }
});

Deno.test("A client gets a text without the zeros at its end, which it may have (RFC 8914, 2)", () => {
  const zeros = [0, 0, 0];
  for (let count = 0; count <= zeros.length; count++) {
    const end = zeros.slice(0, count);
    assertEquals(passedOn([error(6, 0x61, ...end), GOOD]), [{ code: 6, text: "a" }, PASSED]);
    assertEquals(passedOn([error(6, ...end)]), [{ code: 6, text: "" }]);
    assertEquals(passedOn([error(6, 0xff, ...end)]), [{ code: 6, text: "" }]);
  }
});

Deno.test("A client's terminal is not at the mercy of a text: control characters are question marks", () => {
  const cases: [string, string][] = [
    ["\x1b[2J\x07red\x00x", "?[2J?red?x"],
    ["a\r\nb\tc\x7f", "a??b?c?"],
    ["a\x80\x9b2J\x9fz\xa0", "a????2J??z\xa0"],
    ["a\u2028\u2029b", "a??????b"],
    ["a\u202eevil\u202c\u2066\u2069\u200f\u061c", "a???evil??????????????"],
    ["\u2027\u202f\u2065\u206a", "\u2027\u202f\u2065\u206a"],
  ];
  for (const [text, expected] of cases) {
    const got = passedOn([extendedErrorOption(6, text)])[0].text;
    assertEquals(got, expected, JSON.stringify(text));
  }
});

Deno.test("A client gets whole extended errors, in order, as many as fit, and not without end", () => {
  const options = Array.from({ length: 100 }, (_, at) => extendedErrorOption(at, "x".repeat(94)));
  const errors = passedOn(options, RCODE.NOERROR, 65_535);
  assertEquals(
    errors.map(({ code }) => code),
    Array.from({ length: errors.length }, (_, at) => at),
  );
  assertEquals(errors.length, 10);
  const few = passedOn(options, RCODE.NOERROR, 512);
  assertEquals([few.length > 0, few.length < 5], [true, true]);
});

Deno.test("A client gets the code alone of an extended error whose text is too long for the reply", () => {
  const long = extendedErrorOption(6, "x".repeat(1100));
  assertEquals(passedOn([long], RCODE.NOERROR, 65_535), [{ code: 6, text: "" }]);
  assertEquals(passedOn([long, GOOD], RCODE.SERVFAIL), [{ code: 6, text: "" }, PASSED]);
  const shorter = extendedErrorOption(9, "x".repeat(480));
  assertEquals(passedOn([shorter], RCODE.NXDOMAIN, 512), [{ code: 9, text: "" }]);
});

Deno.test("A client gets of our own errors those that fit its reply", () => {
  const data = [extendedErrorOption(22).data, extendedErrorOption(23, "x".repeat(480)).data];
  const options = data.flatMap((each) => [0, 15, each.length >>> 8, each.length & 0xff, ...each]);
  const to = replyTo(buildQuery("www.example", { edns: true }), 512);
  const told = errorReply(to, RCODE.SERVFAIL, Uint8Array.from(options)).extendedErrors;
  assertEquals(told, [{ code: 22, text: "" }]);
});

Deno.test("A client gets no other option of the upstream, whatever is in it", () => {
  const others = [0, 3, 8, 10, 11, 12, 13, 14, 16, 18, 19, 65_001].map((code) =>
    textOption(code, "x\x1b")
  );
  const edns = { options: [...others, GOOD, ...others] };
  const made = reply({ query: { edns: true }, response: { edns } });
  assertEquals(made.opt?.options.map(({ code }) => code), [OPTION.EXTENDED_ERROR]);
});

Deno.test("What our own errors quote of a server is told to clients without its control characters", () => {
  const text = "certificate of \x1b[31mevil\u202e.example\u0085";
  const { data } = extendedErrorOption(23, text);
  const options = Uint8Array.of(0, OPTION.EXTENDED_ERROR, 0, data.length, ...data);
  const to = replyTo(buildQuery("www.example", { edns: true }), 512);
  const [told] = errorReply(to, RCODE.SERVFAIL, options).extendedErrors;
  assertEquals(told, { code: 23, text: "certificate of ?[31mevil???.example??" });
});
