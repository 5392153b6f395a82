import { assertEquals, assertStringIncludes } from "@std/assert";
import { messageText } from "../../../lib/app/query/message_text.ts";
import { extendedErrorOption, OPTION, optRecord, padding } from "../../helpers/edns.ts";
import {
  buildMessage,
  CLASS,
  FLAG,
  type MessageInput,
  RCODE,
  type RecordInput,
  TYPE,
} from "../../helpers/message.ts";

const NAME = "www.example";
const ANSWERED = FLAG.QR | FLAG.RD | FLAG.RA;

function response(input: MessageInput): Uint8Array {
  const questions = [{ name: NAME, type: TYPE.A, class: CLASS.IN }];
  return buildMessage({ id: 4711, flags: ANSWERED, questions, compress: true, ...input });
}

/** The line of one record in the answer section. */
function recordLine(record: Omit<RecordInput, "name" | "ttl">): string {
  const text = messageText(response({ answers: [{ name: NAME, ttl: 300, ...record }] })) ?? "";
  return /ANSWER SECTION:\n(.*)\n/.exec(text)?.[1] ?? text;
}

function octets(...values: (number | string)[]): Uint8Array {
  const parts = values.map((value) =>
    typeof value === "number" ? [value] : [...new TextEncoder().encode(value)]
  );
  return Uint8Array.from(parts.flat());
}

Deno.test("messageText() writes header, EDNS, question and records as dig does", () => {
  const text = messageText(response({
    answers: [
      { name: NAME, type: 5, ttl: 60, data: [{ name: "a.example" }] },
      { name: "a.example", type: TYPE.A, ttl: 86400, data: octets(192, 0, 2, 1) },
    ],
    additionals: [optRecord({ dnssecOk: true, options: [padding(100)] })],
  }));
  assertEquals(
    text,
    `;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711
;; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags: do; udp: 1232
; PAD: 100 octets

;; QUESTION SECTION:
;www.example.			IN	A

;; ANSWER SECTION:
www.example.		60	IN	CNAME	a.example.
a.example.		86400	IN	A	192.0.2.1
`,
  );
});

Deno.test("messageText() writes NXDOMAIN with the SOA record of the authority section", () => {
  const numbers = octets(0, 0, 0, 1, 0, 0, 14, 16, 0, 0, 3, 132, 0, 9, 58, 128, 255, 255, 255, 255);
  const soa = [{ name: "ns.example" }, { name: "host\\046master.example" }, numbers];
  const text = messageText(response({
    flags: ANSWERED | FLAG.AA | FLAG.AD | FLAG.CD | FLAG.TC | RCODE.NXDOMAIN,
    authorities: [{ name: "example", type: TYPE.SOA, ttl: 300, data: soa }],
  }));
  assertEquals(
    text,
    `;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4711
;; flags: qr aa tc rd ra ad cd; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 0

;; QUESTION SECTION:
;www.example.			IN	A

;; AUTHORITY SECTION:
example.		300	IN	SOA	ns.example. host\\.master.example. 1 3600 900 604800 4294967295
`,
  );
});

Deno.test("messageText() writes SERVFAIL with its extended errors, names and texts (RFC 8914)", () => {
  const text = messageText(response({
    flags: ANSWERED | RCODE.SERVFAIL,
    additionals: [optRecord({
      options: [
        extendedErrorOption(6, "no signature \x1b[31m\u202e"),
        extendedErrorOption(22),
        extendedErrorOption(4711, "own"),
        { code: OPTION.KEEPALIVE, data: octets(0, 25) },
        { code: OPTION.NSID, data: octets("n1") },
        { code: 65001, data: octets(1, 2) },
      ],
    })],
  }));
  assertStringIncludes(text ?? "", "status: SERVFAIL");
  assertStringIncludes(
    text ?? "",
    `; EDNS: version: 0, flags:; udp: 1232
; EDE: 6 (DNSSEC Bogus): (no signature \\x1b[31m\\u{202e})
; EDE: 22 (No Reachable Authority)
; EDE: 4711: (own)
; TCP KEEPALIVE: 2.5 secs
; NSID: 6e31 ("n1")
; OPT=65001: 0102
`,
  );
});

Deno.test("dnsfwd query shows malformed extended errors as what they are, and leaves zeros off texts", () => {
  const data = [octets(), octets(6), octets(0, 6, 0xff, 0x61), octets(0, 22, "bye", 0, 0)];
  const options = data.map((each) => ({ code: OPTION.EXTENDED_ERROR, data: each }));
  const text = messageText(response({ additionals: [optRecord({ options })] }));
  assertStringIncludes(
    text ?? "",
    `
; OPT=15
; OPT=15: 06
; EDE: 6 (DNSSEC Bogus): (\ufffda)
; EDE: 22 (No Reachable Authority): (bye)
`,
  );
});

Deno.test("messageText() takes the response code from header and OPT record (RFC 6891, 6.1.3)", () => {
  const cases: [number, number, string][] = [
    [RCODE.REFUSED, 0, "REFUSED"],
    [0, 1, "BADVERS"],
    [7, 1, "BADCOOKIE"],
    [8, 1, "RCODE24"],
    [0, 255, "RCODE4080"],
  ];
  for (const [rcode, extendedRcode, status] of cases) {
    const opt = optRecord({ extendedRcode });
    const text = messageText(response({ flags: ANSWERED | rcode, additionals: [opt] })) ?? "";
    assertStringIncludes(text, `status: ${status},`);
  }
});

const SVCB = { type: TYPE.SVCB } as const;
const SIGNATURE = [octets(0, 1, 13, 2, 0, 0, 1, 44), octets(101, 0, 0, 0, 100, 0, 0, 0, 18, 103)];

Deno.test("messageText() writes the data of records by their type, and as \\# what it cannot", () => {
  const cases: [Omit<RecordInput, "name" | "ttl">, string][] = [
    [{ type: TYPE.A, data: octets(192, 0, 2, 1) }, "A\t192.0.2.1"],
    [{ type: TYPE.A, data: octets(192, 0, 2) }, "A\t\\# 3 C00002"],
    [{ type: TYPE.A, data: octets(192, 0, 2, 1, 9) }, "A\t\\# 5 C000020109"],
    [
      { type: TYPE.AAAA, data: octets(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1) },
      "AAAA\t2001:db8::1",
    ],
    [
      { type: TYPE.TXT, data: octets(6, 'a "b"\\', 0, 3, 0xe9, 0, "x") },
      'TXT\t"a \\"b\\"\\\\" "" "\\233\\000x"',
    ],
    [{ type: TYPE.TXT, data: octets(6, "a") }, "TXT\t\\# 2 0661"],
    [{ type: TYPE.MX, data: [octets(0, 10), { name: "mail.example" }] }, "MX\t10 mail.example."],
    [{ type: TYPE.MX, data: [octets(0, 0), { name: "." }] }, "MX\t0 ."],
    [{ type: TYPE.NS, data: [{ name: "a\\046b.\\195\\000 c" }] }, "NS\ta\\.b.\\195\\000\\032c."],
    [
      { type: 33, data: [octets(0, 1, 0, 2, 3, 85), { name: "s.example" }] },
      "SRV\t1 2 853 s.example.",
    ],
    [{ type: 33, data: octets(0) }, "SRV\t\\# 1 00"],
    [{ type: 257, data: octets(128, 5, "issue", 'ca"') }, 'CAA\t128 issue "ca\\""'],
    [{ type: 43, data: octets(18, 103, 13, 2, 0xab, 0xcd) }, "DS\t4711 13 2 ABCD"],
    [{ type: 48, data: octets(1, 1, 3, 13, "key") }, "DNSKEY\t257 3 13 a2V5"],
    [
      { type: TYPE.RRSIG, data: [...SIGNATURE, { name: "example" }, octets("sig")] },
      "RRSIG\tA 13 2 300 20230912060656 20230302014640 4711 example. c2ln",
    ],
    [
      { type: 47, data: [{ name: "b.example" }, octets(0, 9, 64, 0, 0, 0, 0, 3, 0, 0, 0xc0)] },
      "NSEC\tb.example. A RRSIG NSEC SVCB HTTPS",
    ],
    [
      { type: 50, data: octets(1, 0, 0, 0, 2, 4, 255, 1, 255, 0, 0, 1, 64) },
      "NSEC3\t\\# 13 010000000204FF01FF00000140",
    ],
    [
      { type: 50, data: octets(1, 0, 0, 5, 1, 0xab, 2, 4, 255, 0, 1, 64) },
      "NSEC3\t1 0 5 AB 0JVG A",
    ],
    [{ type: 52, data: octets(3, 1, 1, 0xab) }, "TLSA\t3 1 1 AB"],
    [{ type: 4711, data: octets(1, 2, 255) }, "TYPE4711\t\\# 3 0102FF"],
    [{ type: 4711, data: octets() }, "TYPE4711\t\\# 0"],
    [{ type: 29, data: octets(1) }, "LOC\t\\# 1 01"],
    [{ ...SVCB, data: [octets(0, 0), { name: "alias.example" }] }, "SVCB\t0 alias.example."],
    [
      {
        type: 65,
        data: octets(
          ...[0, 1, 0, 0, 1, 0, 7, 2, "h2", 3, "f,o", 0, 2, 0, 0, 0, 3, 0, 2, 3, 85],
          ...[0, 4, 0, 8, 192, 0, 2, 1, 192, 0, 2, 2, 2, 0x9b, 0, 2, "x;"],
        ),
      },
      'HTTPS\t1 . alpn="h2,f\\\\,o" no-default-alpn port=853 ipv4hint=192.0.2.1,192.0.2.2 ' +
      'key667="x;"',
    ],
    [
      {
        ...SVCB,
        data: octets(0, 1, 0, 0, 0, 0, 4, 0, 1, 0, 6, 0, 7, 0, 16, "/dns-query{?dns}"),
      },
      'SVCB\t1 . mandatory=alpn,ipv6hint dohpath="/dns-query{?dns}"',
    ],
    [{ ...SVCB, data: octets(0, 1, 0, 0, 3, 0, 9, 1) }, "SVCB\t\\# 8 0001000003000901"],
    [
      { type: TYPE.A, class: CLASS.CH, data: octets(1, 2, 3, 4) },
      "A\t1.2.3.4",
    ],
    [{ type: TYPE.A, class: 4711, data: octets(1, 2, 3, 4) }, "A\t1.2.3.4"],
  ];
  for (const [record, text] of cases) {
    const className = { 3: "CH", 4711: "CLASS4711" }[record.class ?? 1] ?? "IN";
    assertEquals(recordLine(record), `www.example.\t\t300\t${className}\t${text}`, text);
  }
});

Deno.test("messageText() writes names with the octets that they have (RFC 1035, 5.1)", () => {
  const name = "a\\046b\\092.\\034\\064\\195.\\032";
  const text = messageText(response({ questions: [{ name, type: 4711, class: CLASS.CH }] })) ?? "";
  assertStringIncludes(text, '\n;a\\.b\\\\.\\"\\@\\195.\\032.\t\tCH\tTYPE4711\n');
  const root = messageText(response({ questions: [{ name: ".", type: 2, class: CLASS.IN }] })) ??
    "";
  assertStringIncludes(root, "\n;.\t\t\t\tIN\tNS\n");
});

Deno.test("messageText() has nothing to say of a malformed message", () => {
  const whole = response({ answers: [{ name: NAME, type: TYPE.A, data: octets(1, 2, 3, 4) }] });
  for (let length = 0; length < whole.length; length++) {
    assertEquals(messageText(whole.subarray(0, length)), undefined, `${length} octets`);
  }
});
