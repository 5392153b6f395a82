/** Heads of HTTP requests: those that are good, and those that nobody should send (RFC 9112). */

import { assertEquals, assertLess } from "@std/assert";
import { HeadReader, MAX_HEAD } from "../../../lib/app/web/head_reader.ts";
import { parseHead, type RequestHead } from "../../../lib/app/web/request_head.ts";

const HEAD: RequestHead = {
  method: "GET",
  path: "/metrics",
  host: "localhost",
  isPersistent: true,
  hasBody: false,
};
const LINES = "GET /metrics HTTP/1.1\r\nHost: localhost:9000";

Deno.test("parseHead() reads method, path and host, whatever else is there", () => {
  const cases: [string, Partial<RequestHead>][] = [
    [LINES, {}],
    [LINES.replace("\r", ""), {}],
    [`${LINES}\r\nAccept: a\r\naccept: b\r\nX-Odd: \xe9\t;`, {}],
    [LINES.replace("/metrics", "/metrics?a=/b#c"), {}],
    [LINES.replace("/metrics", "http://[::1]:80/metrics"), { host: "::1" }],
    [LINES.replace("/metrics", "HTTP://Name.example"), { host: "name.example", path: "/" }],
    [LINES.replace("localhost:9000", "[2001:DB8::1]"), { host: "2001:db8::1" }],
    [LINES.replace("localhost:9000", "127.0.0.1"), { host: "127.0.0.1" }],
    [LINES.replace("GET", "DELETE"), { method: "DELETE" }],
    [LINES.replace("/metrics", "*"), { path: "*" }],
    ["GET / HTTP/1.0", { path: "/", host: undefined, isPersistent: false }],
    [`${LINES}\r\nConnection: x, Close`, { isPersistent: false }],
    [`${LINES}\r\nContent-Length: 0`, {}],
    [`${LINES}\r\nContent-Length: 5`, { hasBody: true }],
    [`${LINES}\r\nContent-Length: -`, { hasBody: true }],
    [`${LINES}\r\nTransfer-Encoding: chunked`, { hasBody: true }],
  ];
  for (const [text, changes] of cases) assertEquals(parseHead(text), { ...HEAD, ...changes }, text);
});

Deno.test("parseHead() does not guess what was meant by something else", () => {
  const cases: [string, 400 | 505][] = [
    ["\x16\x03\x01\x02", 400],
    ["GET /metrics", 400],
    ["GET  /metrics HTTP/1.1", 400],
    ["GET /a b HTTP/1.1\r\nHost: a", 400],
    ["GET /\xe9 HTTP/1.1\r\nHost: a", 400],
    ["G(T / HTTP/1.1\r\nHost: a", 400],
    ["PRI * HTTP/2.0", 505],
    ["GET / HTTP/1.1", 400],
    [`${LINES}\r\nHost: other`, 400],
    ["GET / HTTP/1.1\r\nHost: a b", 400],
    ["GET / HTTP/1.1\r\nHost: a@b", 400],
    ["GET / HTTP/1.1\r\nHost:", 400],
    [`${LINES}\r\nName : value`, 400],
    [`${LINES}\r\n folded`, 400],
    [`${LINES}\r\nnothing`, 400],
    [`${LINES}\r\nA: \x00`, 400],
    [`${LINES}\r\nA: b\rC: d`, 400],
  ];
  for (const [text, status] of cases) assertEquals(parseHead(text), status, JSON.stringify(text));
});

function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (each) => each.charCodeAt(0));
}

/** The heads that come out where `pieces` go in. */
function heads(...pieces: string[]): string[] {
  const reader = new HeadReader();
  return pieces.flatMap((piece) => {
    reader.room.set(octets(piece));
    reader.advance(piece.length);
    const found: string[] = [];
    for (let head = reader.take(); head !== undefined; head = reader.take()) found.push(head);
    return found;
  });
}

Deno.test("HeadReader finds heads wherever the stream is cut, with either end of line, empty lines before them left out", () => {
  const stream =
    "\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n\n\r\nGET /2 HTTP/1.1\nB: \xe9\n\nGET /3\r\n\r\n";
  const expected = ["GET / HTTP/1.1\r\nA: b", "GET /2 HTTP/1.1\nB: \xe9", "GET /3"];
  for (let at = 0; at <= stream.length; at++) {
    assertEquals(heads(stream.slice(0, at), stream.slice(at)), expected, `${at}`);
  }
  assertEquals(heads(...stream), expected);
});

Deno.test("HeadReader takes no more than a head may have", () => {
  const reader = new HeadReader();
  assertEquals(reader.room.length, MAX_HEAD);
  reader.room.fill(0x61);
  reader.advance(MAX_HEAD);
  assertEquals([reader.take(), reader.room.length], [undefined, 0]);
});

const LINE = "GET / HTTP/1.1\r\nHost: ";

Deno.test("parseHead() never throws, whatever comes", () => {
  for (let each = 0; each < 500; each++) {
    const random = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(200)));
    for (const text of [random, `${LINE}a\r\n${random}`, `${LINE}${random}`]) parseHead(text);
  }
});

Deno.test("parseHead() is soon done with the worst that fits into a head, as clients of DNS wait meanwhile", () => {
  const long = (text: string) => text.repeat(Math.floor((MAX_HEAD - 60) / text.length));
  const hostile = [
    `${LINE}a\r\nX:${long(" ")}\x00`,
    `${LINE}a${long("\r\nX:")}`,
    `${LINE}${long("[")}`,
    `${LINE}[${long(":")}`,
    `${LINE}a\r\nConnection: ${long(" ,")}`,
    `GET http://${long("a")} HTTP/1.1`,
    long("\r"),
    long("G"),
  ];
  for (const text of hostile) {
    // The best of several, as this machine may be busy.
    const times = Array.from({ length: 10 }, () => {
      const start = performance.now();
      parseHead(text);
      return performance.now() - start;
    });
    assertLess(Math.min(...times), 20, text.slice(0, 60));
  }
});
