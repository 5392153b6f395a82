import { assertEquals } from "@std/assert";
import { extendedErrorOption } from "../helpers/edns.ts";
import { RCODE } from "../helpers/message.ts";
import { addressRecords } from "../helpers/query.ts";
import { reply } from "./reply_to.ts";

const NXDOMAIN = 3;

/** RCODE of the upstream, what a client with EDNS is told, what one without. */
const RCODES: readonly [string, number, number, number][] = [
  ["NOERROR", 0, 0, 0],
  ["FORMERR", RCODE.FORMERR, RCODE.SERVFAIL, RCODE.SERVFAIL],
  ["SERVFAIL", RCODE.SERVFAIL, RCODE.SERVFAIL, RCODE.SERVFAIL],
  ["NXDOMAIN", NXDOMAIN, NXDOMAIN, NXDOMAIN],
  ["NOTIMP", RCODE.NOTIMP, RCODE.NOTIMP, RCODE.NOTIMP],
  ["REFUSED", RCODE.REFUSED, RCODE.REFUSED, RCODE.REFUSED],
  ["NOTAUTH", RCODE.NOTAUTH, RCODE.NOTAUTH, RCODE.NOTAUTH],
  ["an unassigned one of four bits", 15, 15, 15],
  ["BADVERS", RCODE.BADVERS, RCODE.SERVFAIL, RCODE.SERVFAIL],
  ["an extended one", 17, 17, RCODE.SERVFAIL],
  ["an extended one that ends in FORMERR", 0x21, 0x21, RCODE.SERVFAIL],
  ["BADCOOKIE", RCODE.BADCOOKIE, RCODE.SERVFAIL, RCODE.SERVFAIL],
  ["the largest", 0xfff, 0xfff, RCODE.SERVFAIL],
];

Deno.test("ReplyWriter.writeResponse() passes RCODEs on, but SERVFAIL for those about our hop (Q13, C24, 0.4)", () => {
  for (const [what, rcode, expected] of RCODES) {
    assertEquals(reply({ query: { edns: true }, response: { rcode } }).rcode, expected, what);
  }
});

Deno.test("ReplyWriter.writeResponse() has SERVFAIL for what a client without EDNS cannot be told (EDNS-02, C24)", () => {
  for (const [what, rcode, , expected] of RCODES) {
    const made = reply({ response: { rcode } });
    assertEquals([made.rcode, made.opts.length], [expected, 0], what);
  }
});

Deno.test("ReplyWriter.writeResponse() passes all extended errors on, in order, to a client with EDNS (RFC 8914, 3; EDE-01)", () => {
  const options = [
    extendedErrorOption(22),
    { code: 12, data: new Uint8Array(50) },
    extendedErrorOption(23, "caf\u00e9"),
    extendedErrorOption(65_535, "x"),
  ];
  for (const rcode of [0, RCODE.SERVFAIL, NXDOMAIN]) {
    const made = reply({ query: { edns: true }, response: { rcode, edns: { options } } });
    assertEquals(made.rcode, rcode);
    assertEquals(made.extendedErrors, [
      { code: 22, text: "" },
      { code: 23, text: "caf\u00e9" },
      { code: 65_535, text: "x" },
    ]);
    assertEquals(made.opt?.options.length, 3, "and nothing else");
  }
});

Deno.test("ReplyWriter.writeResponse() leaves out extended errors before any record (RFC 8914, 3; Q8)", () => {
  const options = [extendedErrorOption(22), extendedErrorOption(23, "x".repeat(50))];
  const response = { answers: addressRecords("www.example", 5), edns: { options } };
  const query = { edns: true };
  const full = reply({ query, response });
  const [withBoth, withFirst] = [full.octets.length, full.octets.length - 56];
  const cases = [[withBoth, 2], [withBoth - 1, 1], [withFirst, 1], [withFirst - 1, 0]];
  for (const [limit, errors] of cases) {
    const made = reply({ query, response, limit });
    assertEquals([made.extendedErrors.length, made.answers.length], [errors, 5], `limit ${limit}`);
    assertEquals(made.flags, full.flags, `no TC, limit ${limit}`);
  }
});

Deno.test("ReplyWriter.writeResponse() passes on no extended error that runs over its OPT record", () => {
  const data = Uint8Array.of(0, 15, 0, 2, 0, 22, 0, 15, 0, 99, 0, 23);
  const made = reply({ query: { edns: true }, response: { edns: { data } } });
  assertEquals(made.extendedErrors, [{ code: 22, text: "" }]);
});
