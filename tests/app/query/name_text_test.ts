import { assertEquals } from "@std/assert";
import { nameText, parseName } from "../../../lib/app/query/name_text.ts";
import { parseType, typeName } from "../../../lib/app/query/rrtype.ts";
import { nameOctets, nameOfLength } from "../../helpers/name.ts";

Deno.test("parseName() takes names with and without final dot, escapes, and those not in ASCII", () => {
  const cases: [string, string][] = [
    [".", "."],
    ["example", "example"],
    ["www.Example.", "www.Example"],
    ["_dns.a-b.example", "_dns.a-b.example"],
    ["a\\.b.example", "a\\046b.example"],
    ["\\000\\255.example", "\\000\\255.example"],
    ["*.example", "*.example"],
    ["b\u00fccher.example", "xn--bcher-kva.example"],
    [nameOfLength(255), nameOfLength(255)],
  ];
  for (const [text, name] of cases) assertEquals(parseName(text), nameOctets(name), text);
});

Deno.test("parseName() takes nothing that is no name", () => {
  const cases = [
    "",
    "..",
    ".a",
    "a..b",
    "a b",
    "a\tb",
    "a\\",
    "a\\256",
    "\u00fc b",
    "a".repeat(64),
  ];
  for (const text of [...cases, nameOfLength(256)]) assertEquals(parseName(text), undefined, text);
});

Deno.test("nameText() gives back what parseName() read", () => {
  for (const text of [".", "a.example.", "a\\.b.\\000\\255\\032.example."]) {
    assertEquals(nameText(parseName(text) ?? new Uint8Array(), 0), text);
  }
});

Deno.test("parseType() and typeName() know names and TYPE123 (RFC 3597, 5)", () => {
  const cases: [string, number, string?][] = [
    ["A", 1],
    ["aaaa", 28, "AAAA"],
    ["SVCB", 64],
    ["https", 65, "HTTPS"],
    ["ANY", 255],
    ["TYPE1", 1, "A"],
    ["type4711", 4711, "TYPE4711"],
    ["TYPE65535", 65535],
  ];
  for (const [text, type, name = text] of cases) {
    assertEquals(parseType(text), type, text);
    assertEquals(typeName(type), name, text);
  }
  for (
    const text of ["", "X", "TYPE", "TYPE0", "TYPE65536", "UNKNOWN_7", "1", "A ", "constructor"]
  ) {
    assertEquals(parseType(text), undefined, text);
  }
});
