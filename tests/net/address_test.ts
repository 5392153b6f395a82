import { assert, assertEquals } from "@std/assert";
import {
  formatAddress,
  formatIpv6,
  ipv6Groups,
  isIpAddress,
  isIpv4,
  isIpv6,
  isLoopback,
  isWildcard,
  parsePort,
  splitHostPort,
} from "../../lib/net/address.ts";

const IPV4 = ["0.0.0.0", "127.0.0.1", "192.0.2.255", "255.255.255.255"];
const IPV6 = ["::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "FE80::1%eth0", "::ffff:192.0.2.1"];
const NEITHER = [
  "",
  "1.2.3",
  "1.2.3.4.5",
  "256.0.0.1",
  "01.2.3.4",
  "1.2.3.4 ",
  "1.2.3.-4",
  "0x7f.0.0.1",
  "127.1",
  "1..2.3",
  "dns.example",
  ":",
  ":::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7::8",
  "12345::",
  "g::",
  "::1%",
  "::192.0.2",
  "[::1]",
];

Deno.test("isIpv4(), isIpv6() and isIpAddress() know addresses (RFC 4291, 2.2)", () => {
  for (const text of IPV4) {
    assertEquals([isIpv4(text), isIpv6(text), isIpAddress(text)], [true, false, true], text);
  }
  for (const text of IPV6) {
    assertEquals([isIpv4(text), isIpv6(text), isIpAddress(text)], [false, true, true], text);
  }
  for (const text of NEITHER) {
    assertEquals([isIpv4(text), isIpv6(text), isIpAddress(text)], [false, false, false], text);
  }
});

Deno.test("ipv6Groups() has the eight groups of each form (RFC 4291, 2.2)", () => {
  const cases: [string, number[]][] = [
    ["::", [0, 0, 0, 0, 0, 0, 0, 0]],
    ["::1", [0, 0, 0, 0, 0, 0, 0, 1]],
    ["2001:DB8::", [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0]],
    ["1::8", [1, 0, 0, 0, 0, 0, 0, 8]],
    ["1:2:3:4:5:6:7:8", [1, 2, 3, 4, 5, 6, 7, 8]],
    ["1:2:3:4:5:6:7::", [1, 2, 3, 4, 5, 6, 7, 0]],
    ["::ffff:192.0.2.1", [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x201]],
  ];
  for (const [text, groups] of cases) assertEquals(ipv6Groups(text), groups, text);
  assertEquals(ipv6Groups("1:2"), undefined);
});

Deno.test("parsePort() knows 0 to 65535", () => {
  const cases: [string, number | undefined][] = [
    ["0", 0],
    ["53", 53],
    ["65535", 65_535],
    ["00053", 53],
    ["65536", undefined],
    ["100000", undefined],
    ["", undefined],
    ["-1", undefined],
    ["5 3", undefined],
    ["0x35", undefined],
    ["domain", undefined],
  ];
  for (const [text, port] of cases) assertEquals(parsePort(text), port, text);
});

Deno.test("splitHostPort() takes host and port apart, brackets off", () => {
  const cases: [string, string, string | undefined][] = [
    ["192.0.2.1", "192.0.2.1", undefined],
    ["192.0.2.1:53", "192.0.2.1", "53"],
    ["192.0.2.1:", "192.0.2.1", ""],
    ["dns.example:853", "dns.example", "853"],
    ["::1", "::1", undefined],
    ["2001:db8::853", "2001:db8::853", undefined],
    ["[::1]", "::1", undefined],
    ["[::1]:53", "::1", "53"],
    ["[::1]:", "::1", ""],
    ["[::1", "[:", "1"],
    ["", "", undefined],
    [":53", "", "53"],
  ];
  for (const [text, host, port] of cases) {
    const split = splitHostPort(text);
    assertEquals([split.host, split.port], [host, port], text);
  }
});

Deno.test("formatAddress() is read back by splitHostPort()", () => {
  const cases = [["192.0.2.1", "192.0.2.1:53"], ["::1", "[::1]:53"], ["a.example", "a.example:53"]];
  for (const [hostname, text] of cases) {
    assertEquals(formatAddress({ hostname, port: 53 }), text);
    assertEquals(splitHostPort(text), { host: hostname, port: "53" });
  }
});

Deno.test("formatIpv6() writes what ipv6Groups() reads, as short as may be (RFC 5952)", () => {
  const texts = ["::", "::1", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "fe80::", "::ffff:192.0.2.1"];
  for (const text of texts) assertEquals(formatIpv6(ipv6Groups(text) ?? []), text);
  assertEquals(formatIpv6([0x2001, 0xdb8, 0, 0, 1, 0, 0, 1]), "2001:db8::1:0:0:1");
});

Deno.test("isLoopback() is 127.0.0.0/8 and ::1, and nothing that only looks like it", () => {
  const loopback = ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"];
  const others = [
    "128.0.0.1",
    "0.0.0.0",
    "::",
    "::2",
    "127.example",
    "localhost",
    "1::1",
    "12.7.0.1",
  ];
  for (const hostname of loopback) assertEquals(isLoopback(hostname), true, hostname);
  for (const hostname of others) assertEquals(isLoopback(hostname), false, hostname);
});

Deno.test("isWildcard() is 0.0.0.0 and :: in every spelling", () => {
  for (const text of ["0.0.0.0", "::", "0::", "0:0:0:0:0:0:0:0", "::0.0.0.0"]) {
    assertEquals(isWildcard(text), true, text);
  }
  for (const text of ["0.0.0.1", "::1", "", "1::", "0.0.0"]) {
    assertEquals(isWildcard(text), false, text);
  }
});

Deno.test("isIpAddress() takes a zone that is the name of an interface, and nothing that would upset a log", () => {
  for (const zone of ["eth0", "2", "wlan0.100", "br-0123456789ab"]) {
    assert(isIpAddress(`fe80::1%${zone}`), zone);
  }
  for (const zone of ["", "eth0%1", "a b", "a\nb", "\x1b[2J", "\u202e", "0123456789abcdef"]) {
    assert(!isIpAddress(`fe80::1%${zone}`), JSON.stringify(zone));
  }
});
