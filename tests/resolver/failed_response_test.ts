/** Which responses are failures to resolve (RFC 9520, 2). */

import { assertEquals } from "@std/assert";
import { failureOf, mayBeFailure } from "../../lib/resolver/failed_response.ts";
import { extendedErrorOption } from "../helpers/edns.ts";
import { addressRecords, buildQuery, buildResponse } from "../helpers/query.ts";
import { parseMessage, RCODE } from "../helpers/message.ts";
import { errorsOf } from "./recorder.ts";

const QUESTION = parseMessage(buildQuery("www.example", { edns: true }));

Deno.test("failureOf() is what the client of a failed response is told (RFC 9520, 2.1, 2.2 and 2.7)", () => {
  const cases: [number, number | undefined][] = [
    [RCODE.NOERROR, undefined],
    [RCODE.FORMERR, RCODE.SERVFAIL],
    [RCODE.SERVFAIL, RCODE.SERVFAIL],
    [RCODE.NXDOMAIN, undefined],
    [RCODE.NOTIMP, undefined],
    [RCODE.REFUSED, RCODE.REFUSED],
  ];
  for (const [rcode, expected] of cases) {
    const response = buildResponse(QUESTION, { rcode });
    assertEquals(mayBeFailure(response), expected !== undefined, `RCODE ${rcode}`);
    const failure = failureOf(response);
    assertEquals(failure?.rcode, expected, `RCODE ${rcode}`);
    if (failure) assertEquals([failure.remember, failure.isOverload], ["longer", false]);
  }
});

Deno.test("failureOf() knows an RCODE whose low bits only look like SERVFAIL (RFC 6891, 6.1.3)", () => {
  const response = buildResponse(QUESTION, { rcode: 18 });
  assertEquals([mayBeFailure(response), failureOf(response)], [true, undefined]);
});

Deno.test("failureOf() copies the extended errors, and no other option (RFC 8914, 3)", () => {
  const options = [
    extendedErrorOption(6, "bogus"),
    { code: 65001, data: new Uint8Array(9) },
    extendedErrorOption(22),
  ];
  const edns = { options };
  const response = buildResponse(QUESTION, { rcode: RCODE.SERVFAIL, edns });
  const failure = failureOf(response);
  response.fill(0);
  assertEquals(failure && errorsOf(failure), [{ code: 6, text: "bogus" }, { code: 22, text: "" }]);
});

Deno.test("failureOf() copies 512 octets of extended errors at most", () => {
  const options = Array.from({ length: 9 }, () => extendedErrorOption(0, "x".repeat(94)));
  const response = buildResponse(QUESTION, { rcode: RCODE.SERVFAIL, edns: { options } });
  assertEquals(failureOf(response)?.options.length, 500);
});

Deno.test("What is remembered of a failure has the code of an extended error whose text is too long", () => {
  const options = [extendedErrorOption(9, "x".repeat(600)), extendedErrorOption(22, "fine")];
  const response = buildResponse(QUESTION, { rcode: RCODE.SERVFAIL, edns: { options } });
  const failure = failureOf(response);
  assertEquals(failure && errorsOf(failure), [{ code: 9, text: "" }, { code: 22, text: "fine" }]);
});

Deno.test("failureOf() makes nothing of a malformed response", () => {
  const answers = addressRecords("www.example", 1);
  const response = buildResponse(QUESTION, { rcode: RCODE.SERVFAIL, answers });
  assertEquals(failureOf(response.subarray(0, -1)), undefined);
});

Deno.test("What is remembered of a failure has no extended error without a code, nor text that is not UTF-8", () => {
  const options = [
    { code: 15, data: Uint8Array.of(6) },
    { code: 15, data: Uint8Array.of(0, 6, 0xff, 0x61) },
    { code: 15, data: new Uint8Array() },
    extendedErrorOption(22, "a\x1b[2Jb\0"),
  ];
  const response = buildResponse(QUESTION, { rcode: RCODE.SERVFAIL, edns: { options } });
  const failure = failureOf(response);
  assertEquals(failure && errorsOf(failure), [{ code: 6, text: "" }, { code: 22, text: "a?[2Jb" }]);
});
