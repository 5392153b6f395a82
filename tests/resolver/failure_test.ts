import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import {
  failure,
  fromCache,
  INVALID_DATA,
  MAX_EXTRA_TEXT,
  NOT_SUPPORTED,
  OVERLOAD,
  PROHIBITED,
  STOPPING,
} from "../../lib/resolver/failure.ts";
import { RCODE } from "../helpers/message.ts";
import { errorsOf } from "./recorder.ts";

Deno.test("failure() encodes extended errors in order, with and without text (RFC 8914, 2)", () => {
  const made = failure(RCODE.SERVFAIL, [{ code: 22 }, { code: 23, text: "caf\u00e9" }]);
  assertEquals([made.rcode, made.isOverload], [RCODE.SERVFAIL, false]);
  assertEquals([...made.options.subarray(0, 10)], [0, 15, 0, 2, 0, 22, 0, 15, 0, 7]);
  assertEquals(errorsOf(made), [{ code: 22, text: "" }, { code: 23, text: "caf\u00e9" }]);
});

Deno.test("failure() has no options without extended errors", () => {
  assertEquals(failure(RCODE.REFUSED, []).options, new Uint8Array());
});

Deno.test("fromCache() says so before the original errors, with SERVFAIL only (RFC 8914, 4.14; 1.9)", () => {
  const original = failure(RCODE.SERVFAIL, [{ code: 6, text: "bogus" }], "longer");
  const again = fromCache(original);
  assertEquals([again.rcode, again.remember], [RCODE.SERVFAIL, "longer"]);
  assertEquals(errorsOf(again), [{ code: 13, text: "" }, { code: 6, text: "bogus" }]);
  const refused = failure(RCODE.REFUSED, [{ code: 18 }]);
  assertEquals(errorsOf(fromCache(refused)), [{ code: 18, text: "" }]);
});

Deno.test("failure() cuts texts to 64 octets of whole characters (EDE-01)", () => {
  for (const text of ["x".repeat(65), "\u00e9".repeat(40), "x" + "\u20ac".repeat(40)]) {
    const [error] = errorsOf(failure(RCODE.SERVFAIL, [{ code: 23, text }]));
    assert(text.startsWith(error.text) && error.text.length > 0);
    const { length } = new TextEncoder().encode(error.text);
    assertLessOrEqual(length, MAX_EXTRA_TEXT);
    assertLessOrEqual(MAX_EXTRA_TEXT - 3, length);
  }
});

Deno.test("Failures of the forwarder itself have the RCODE and code of the table (1.9)", () => {
  const cases = [
    ["INVALID_DATA", INVALID_DATA, RCODE.SERVFAIL, 24, false],
    ["NOT_SUPPORTED", NOT_SUPPORTED, RCODE.REFUSED, 21, false],
    ["PROHIBITED", PROHIBITED, RCODE.REFUSED, 18, false],
    ["STOPPING", STOPPING, RCODE.SERVFAIL, 14, false],
    ["OVERLOAD", OVERLOAD, RCODE.SERVFAIL, 23, true],
  ] as const;
  for (const [what, made, rcode, code, isOverload] of cases) {
    assertEquals([made.rcode, made.isOverload], [rcode, isOverload], what);
    assertEquals(errorsOf(made).map((error) => error.code), [code], what);
  }
});
