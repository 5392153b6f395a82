import { assertEquals } from "@std/assert";
import {
  Access,
  addressOctets,
  networkHas,
  parseNetwork,
  RateLimit,
} from "../../lib/listener/access.ts";

Deno.test("parseNetwork() takes ADDRESS and ADDRESS/LENGTH", () => {
  const cases: [string, number[], number][] = [
    ["192.0.2.1", [192, 0, 2, 1], 32],
    ["192.0.2.0/24", [192, 0, 2, 0], 24],
    ["0.0.0.0/0", [0, 0, 0, 0], 0],
    ["2001:db8::/32", [0x20, 1, 0xd, 0xb8, ...new Array(12).fill(0)], 32],
    ["::1", [...new Array(15).fill(0), 1], 128],
  ];
  for (const [text, octets, length] of cases) {
    assertEquals(parseNetwork(text), { octets: Uint8Array.from(octets), length }, text);
  }
});

Deno.test("parseNetwork() is undefined for what is none", () => {
  const texts = [
    "",
    "/",
    "/8",
    "192.0.2.0/33",
    "192.0.2.0/-1",
    "192.0.2.0/",
    "192.0.2.0/24/8",
    "10/8",
  ];
  for (const text of [...texts, "::/129", "dns.example", "192.0.2.0/2x", "192.0.2.0/0x8"]) {
    assertEquals(parseNetwork(text), undefined, text);
  }
});

Deno.test("addressOctets() takes an IPv4 address within IPv6 for IPv4 (RFC 4291, 2.5.5.2)", () => {
  assertEquals(addressOctets("::ffff:192.0.2.1"), Uint8Array.of(192, 0, 2, 1));
  assertEquals(addressOctets("fe80::1%eth0")?.length, 16);
  assertEquals(addressOctets("dns.example"), undefined);
});

Deno.test("networkHas() compares as many bits as the network has", () => {
  const cases: [string, string, boolean][] = [
    ["192.0.2.0/24", "192.0.2.255", true],
    ["192.0.2.0/24", "192.0.3.0", false],
    ["172.16.0.0/12", "172.31.255.255", true],
    ["172.16.0.0/12", "172.32.0.0", false],
    ["172.16.0.0/12", "172.15.255.255", false],
    ["192.0.2.129/25", "192.0.2.128", true],
    ["192.0.2.1/32", "192.0.2.1", true],
    ["192.0.2.1/32", "192.0.2.2", false],
    ["0.0.0.0/0", "203.0.113.1", true],
    ["0.0.0.0/0", "::1", false],
    ["fc00::/7", "fdff::1", true],
    ["fc00::/7", "fe00::1", false],
    ["::/0", "2001:db8::1", true],
    ["10.0.0.0/8", "::ffff:10.1.2.3", true],
  ];
  for (const [network, address, expected] of cases) {
    const has = networkHas(
      parseNetwork(network) ?? { octets: new Uint8Array(), length: 0 },
      addressOctets(address) ?? new Uint8Array(1),
    );
    assertEquals(has, expected, `${address} in ${network}`);
  }
});

Deno.test("Access.allows() loopback, private and link-local clients, and no others (RFC 5358, 4; ACL-01)", () => {
  const access = new Access([]);
  const local = ["127.0.0.1", "127.9.9.9", "::1", "10.1.2.3", "172.16.0.1", "172.31.0.1"];
  local.push("192.168.0.1", "169.254.1.1", "fd00::1", "fe80::1%eth0", "::ffff:10.0.0.1");
  const others = [
    "8.8.8.8",
    "172.32.0.1",
    "192.169.0.1",
    "2001:db8::1",
    "::",
    "0.0.0.0",
    "11.0.0.1",
  ];
  for (const host of local) assertEquals(access.allows(host), true, host);
  for (const host of others) assertEquals(access.allows(host), false, host);
  for (const host of [...others, ...local]) {
    assertEquals(access.allows(host), local.includes(host), `${host}, a second time`);
  }
});

Deno.test("Access.allows() clients of the networks given (ACL-01)", () => {
  const access = new Access(["203.0.113.0/24", "2001:db8::/32"]);
  assertEquals(access.allows("203.0.113.9"), true);
  assertEquals(access.allows("2001:db8:1::1"), true);
  assertEquals(access.allows("203.0.114.9"), false);
});

Deno.test("Access.allows() says the same after many other hosts", () => {
  const access = new Access([]);
  for (let number = 0; number < 20_000; number++) {
    access.allows(`203.0.${number >> 8}.${number & 255}`);
  }
  assertEquals([access.allows("203.0.113.1"), access.allows("10.0.0.1")], [false, true]);
});

Deno.test("RateLimit.take() allows so many at once, and so many a second", () => {
  const limit = new RateLimit(10);
  const taken = (now: number, times: number) =>
    Array.from({ length: times }, () => limit.take(now)).filter(Boolean).length;
  assertEquals(taken(1000, 50), 10);
  assertEquals(taken(1099, 50), 0);
  assertEquals(taken(1100, 50), 1);
  assertEquals(taken(1600, 50), 5);
  assertEquals(taken(60_000, 50), 10, "saved up for a second at most");
});

Deno.test("Access.serve() replaces the networks served besides the local ones, for hosts already known too", () => {
  const access = new Access(["203.0.113.0/24"]);
  const hosts = ["203.0.113.9", "198.51.100.9", "192.168.1.1"];
  assertEquals(hosts.map((host) => access.allows(host)), [true, false, true]);
  access.serve(["198.51.100.0/24"]);
  assertEquals(hosts.map((host) => access.allows(host)), [false, true, true]);
});
