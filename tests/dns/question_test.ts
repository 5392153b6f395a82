import { assertEquals } from "@std/assert";
import { questionEnd, questionType, sameQuestion } from "../../lib/dns/question.ts";
import { withUnreadableQuestion } from "../helpers/malformed.ts";
import { CLASS, TYPE } from "../helpers/message.ts";
import { nameOctets, nameOfLength } from "../helpers/name.ts";
import { buildQuery } from "../helpers/query.ts";

const NAMES = [".", "a", "www.Example", "a\\000b\\046c.\\255", nameOfLength(255)];

Deno.test("questionEnd() is behind name, type and class, for names of 1 to 255 octets (MSG-08)", () => {
  for (const name of NAMES) {
    const expected = 12 + nameOctets(name).length + 4;
    assertEquals(questionEnd(buildQuery(name)), expected, name);
    assertEquals(questionEnd(buildQuery(name, { edns: true })), expected, `${name} with OPT`);
  }
});

Deno.test("questionEnd() is -1 if name, type or class is not whole (MSG-07)", () => {
  const cases = withUnreadableQuestion().filter(({ what }) => !what.includes("question,"));
  for (const { what, octets } of cases) {
    if (what === "two questions" || what === "no question") continue;
    assertEquals(questionEnd(octets), -1, what);
  }
  const query = buildQuery("cut.example");
  for (let length = 12; length < query.length; length++) {
    assertEquals(questionEnd(query.subarray(0, length)), -1, `${length} octets`);
  }
});

Deno.test("questionType() is the type asked for", () => {
  for (const type of [0, TYPE.A, TYPE.AXFR, 65_535]) {
    const query = buildQuery("type.example", { type, edns: true });
    assertEquals(questionType(query, 12 + nameOctets("type.example").length + 4), type);
  }
});

Deno.test("sameQuestion() wants name but for case, type and class (RFC 5452, 9.1; RFC 4343; DOT-05)", () => {
  const query = buildQuery("www.Example");
  const end = 12 + nameOctets("www.example").length + 4;
  const cases: [string, Uint8Array, boolean][] = [
    ["the same", buildQuery("www.Example"), true],
    ["the same in another case", buildQuery("WWW.eXAMPLE"), true],
    ["the same with OPT behind", buildQuery("www.Example", { edns: true }), true],
    ["another name", buildQuery("wwx.Example"), false],
    ["another cut between labels", buildQuery("wwwE.xample"), false],
    ["a longer name", buildQuery("www.Example.x"), false],
    ["a shorter name", buildQuery("www.Exampl"), false],
    ["another type", buildQuery("www.Example", { type: TYPE.AAAA }), false],
    ["another type in its upper octet", buildQuery("www.Example", { type: 0x101 }), false],
    ["another class", buildQuery("www.Example", { class: CLASS.CH }), false],
    ["an end too early", query.slice(0, -1), false],
  ];
  for (const [what, message, expected] of cases) {
    assertEquals(sameQuestion(query, end, message), expected, what);
  }
});

Deno.test("sameQuestion() takes no octets but letters for each other (RFC 4343, 3)", () => {
  const end = 12 + 3 + 4;
  for (let octet = 0; octet < 256; octet++) {
    const name = (value: number) => "\\" + `${value}`.padStart(3, "0");
    const other = octet ^ 0x20;
    const isLetter = /[a-z]/i.test(String.fromCharCode(octet));
    const same = sameQuestion(buildQuery(name(octet)), end, buildQuery(name(other)));
    assertEquals(same, isLetter, `${octet} and ${other}`);
  }
});
