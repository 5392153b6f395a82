import { assertEquals, assertMatch } from "@std/assert";
import type { LoggedQuery } from "../../../lib/listener/query_log.ts";
import type { ClientDetail } from "../../../lib/app/query_log/client_text.ts";
import { Fragments } from "../../../lib/app/query_log/fragments.ts";
import { QueryLines } from "../../../lib/app/query_log/query_lines.ts";
import { failure } from "../../../lib/resolver/failure.ts";
import { Origin } from "../../../lib/resolver/origin.ts";
import { FLAG, RCODE, TYPE } from "../../helpers/message.ts";
import { nameOfLength } from "../../helpers/name.ts";
import { loggedQuery, type Told } from "./logged_query.ts";

const WALL = Date.UTC(2026, 0, 2, 3, 4, 5, 67);
const ORIGIN = new Origin("tls://192.0.2.1:853#dns.example");

function start(clients: ClientDetail = "full", capacity = 1 << 16) {
  const time = { now: WALL };
  const lines = new QueryLines(capacity, new Fragments(clients), () => time.now);
  const text = () => new TextDecoder("ascii").decode(lines.octets);
  return {
    time,
    lines,
    text,
    all: () => text().split("\n").slice(0, -1).map((each) => JSON.parse(each)),
  };
}

/** The one line of a query. */
function lineOf(query: LoggedQuery, clients?: ClientDetail) {
  const { lines, all } = start(clients);
  lines.add(query);
  assertEquals(all().length, 1);
  return all()[0];
}

Deno.test("QueryLines.add() writes one object of JSON per query, in the order in which people read", () => {
  const { lines, text } = start();
  const query = loggedQuery({ duration: 12.345, from: ORIGIN });
  lines.add(query);
  const line = '{"time":"2026-01-02T03:04:05.067Z","client":"192.0.2.7","transport":"udp",' +
    '"name":"www.example.","type":"A","rcode":"NOERROR","ms":12.35,' +
    `"bytes":${query.length},"from":"upstream","upstream":"tls://192.0.2.1:853#dns.example"}\n`;
  assertEquals(text(), line);
  lines.add(query);
  assertEquals([text(), lines.count], [line + line, 2]);
});

Deno.test("QueryLines.add() tells the time to the millisecond, of every second anew (RFC 3339)", () => {
  const { time, lines, all } = start();
  for (const later of [0, 932, 933, 86_400_000]) {
    time.now = WALL + later;
    lines.add(loggedQuery());
  }
  assertEquals(all().map((each) => each.time), [
    "2026-01-02T03:04:05.067Z",
    "2026-01-02T03:04:05.999Z",
    "2026-01-02T03:04:06.000Z",
    "2026-01-03T03:04:05.067Z",
  ]);
});

Deno.test("QueryLines.add() writes names as zone files do, in ASCII, and keeps their case (RFC 1035, 5.1; RFC 4343)", () => {
  // With what the lines decode to from JSON.
  const names: [string, string][] = [
    [".", "."],
    ["Www.EXAMPLE", "Www.EXAMPLE."],
    ["_dns.resolver.arpa", "_dns.resolver.arpa."],
    ["a\\046b.example", "a\\.b.example."],
    ["back\\092slash.example", "back\\\\slash.example."],
    ['quo"te.example', 'quo\\"te.example.'],
    ["\\000\\009\\032\\127\\255.example", "\\000\\009\\032\\127\\255.example."],
    ["(a);@$.example", "\\(a\\)\\;\\@\\$.example."],
  ];
  for (const [name, expected] of names) assertEquals(lineOf(loggedQuery({ name })).name, expected);
});

Deno.test("QueryLines.add() writes the longest name where every octet is escaped", () => {
  const label = "\\000".repeat(61);
  const name = [label, label, label, "\\000".repeat(61)].join(".");
  assertEquals(lineOf(loggedQuery({ name })).name, `${name}.`);
  assertEquals(lineOf(loggedQuery({ name: nameOfLength(255) })).name.length, 254);
});

Deno.test("QueryLines.add() names types and classes, and leaves out the class IN", () => {
  const cases: [Told, unknown, unknown][] = [
    [{ query: { type: TYPE.AAAA } }, "AAAA", undefined],
    [{ query: { type: 65 } }, "HTTPS", undefined],
    [{ query: { type: 65_000 } }, "TYPE65000", undefined],
    [{ query: { type: TYPE.TXT, class: 3 } }, "TXT", "CH"],
    [{ query: { class: 700 } }, "A", "CLASS700"],
  ];
  for (const [told, type, class_] of cases) {
    const line = lineOf(loggedQuery(told));
    assertEquals([line.type, line.class], [type, class_]);
  }
});

Deno.test("QueryLines.add() tells TC, streams, and RCODEs that need EDNS", () => {
  const line = lineOf(
    loggedQuery({ isStream: true, rcode: RCODE.BADVERS, response: { moreFlags: FLAG.TC } }),
  );
  assertEquals([line.transport, line.rcode, line.tc], ["tcp", "BADVERS", true]);
  assertEquals("tc" in lineOf(loggedQuery()), false);
});

Deno.test("QueryLines.add() tells in which way the upstream was asked, and what was answered here", () => {
  const ways: [Origin | undefined, string][] = [
    [ORIGIN, "upstream"],
    [ORIGIN.joined, "joined"],
    [ORIGIN.recent, "recent"],
    [ORIGIN.remembered, "remembered"],
    [undefined, "here"],
  ];
  for (const [from, way] of ways) {
    const line = lineOf(loggedQuery({ from }));
    assertEquals([line.from, line.upstream], [way, from?.upstream]);
  }
});

Deno.test("QueryLines.add() tells why there was no response in words, or by the names of extended errors (RFC 8914)", () => {
  const cases: [Parameters<typeof failure>[1], string | undefined][] = [
    [[{ code: 22 }, { code: 23, text: "upstream one: refused" }], "upstream one: refused"],
    [[{ code: 13 }, { code: 14 }], "Cached Error; Not Ready"],
    [[{ code: 4711 }], "extended error 4711"],
    [[{ code: 0, text: 'line\n"quoted" \u202e' }], 'line\\x0a"quoted" \\u{202e}'],
    [[], undefined],
  ];
  for (const [errors, cause] of cases) {
    const line = lineOf(loggedQuery({ failure: failure(RCODE.SERVFAIL, errors), from: ORIGIN }));
    assertEquals([line.cause, line.from], [cause, "upstream"]);
  }
});

Deno.test("QueryLines.add() tells neither RCODE nor size where no reply was sent", () => {
  const line = lineOf(loggedQuery({ length: 0, failure: failure(RCODE.SERVFAIL, []) }));
  assertEquals(Object.keys(line), ["time", "client", "transport", "name", "type", "ms", "from"]);
});

Deno.test("QueryLines.add() leaves out the question where it could not be read", () => {
  const query = loggedQuery();
  query.to.questionEnd = 12;
  const line = lineOf(query);
  assertEquals([line.name, line.type, line.bytes], [undefined, undefined, query.length]);
});

Deno.test("QueryLines.add() tells of clients as much as it is to", () => {
  const cases: [string, string][] = [
    ["192.0.2.77", "192.0.2.0/24"],
    ["127.0.0.1", "127.0.0.0/24"],
    ["2001:db8:aaaa:bbbb:cccc::1", "2001:db8:aaaa::/48"],
    ["::1", "::/48"],
    ["fe80::1%eth0", "fe80::/48"],
    ["::ffff:192.0.2.77", "::ffff:192.0.2.0/120"],
  ];
  for (const [client, network] of cases) {
    const query = loggedQuery({ client });
    const told = (["full", "prefix", "none"] as const).map((each) => lineOf(query, each).client);
    assertEquals(told, [client, network, undefined]);
  }
});

Deno.test("QueryLines.add() tells a client's address right however many there are", () => {
  const { lines, all } = start("prefix", 1 << 20);
  const clients = Array.from({ length: 3000 }, (_, at) => `10.${at >> 8}.${at & 255}.9`);
  for (const client of clients) lines.add(loggedQuery({ client }));
  assertEquals(all().map((each) => each.client), clients.map((each) => each.replace(/9$/, "0/24")));
});

Deno.test("QueryLines.add() writes whole lines or none", () => {
  const { lines, text } = start("full", 8192);
  let added = 0;
  while (lines.add(loggedQuery())) added++;
  assertEquals([lines.count, text().split("\n").length - 1], [added, added]);
  assertMatch(text(), /}\n$/);
  lines.clear();
  assertEquals([lines.length, lines.count, lines.add(loggedQuery())], [0, 0, true]);
});

Deno.test("QueryLines.countIn() counts the queries in the first octets, and not the line of what is missing", () => {
  const { lines, text } = start();
  lines.addMissing(17, "the disk is too slow");
  const first = lines.length;
  for (let each = 0; each < 3; each++) lines.add(loggedQuery());
  assertEquals(JSON.parse(text().split("\n")[0]), {
    time: "2026-01-02T03:04:05.067Z",
    missing: 17,
    cause: "the disk is too slow",
  });
  const one = (lines.length - first) / 3;
  assertEquals([0, first, first + one, lines.length].map((each) => lines.countIn(each)), [
    0,
    0,
    1,
    3,
  ]);
});
