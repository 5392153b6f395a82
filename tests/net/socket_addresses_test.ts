import { assert, assertEquals } from "@std/assert";
import { SocketAddresses } from "../../lib/net/socket_addresses.ts";

/** Address, port, and the octets that the kernel has for them: sockaddr_in(7), sockaddr_in6(7). */
const CASES: readonly [string, number, readonly number[]][] = [
  ["127.0.0.1", 53, [2, 0, 0, 53, 127, 0, 0, 1]],
  ["192.0.2.255", 65_535, [2, 0, 255, 255, 192, 0, 2, 255]],
  ["0.0.0.0", 0, [2, 0, 0, 0, 0, 0, 0, 0]],
  ["::1", 853, [10, 0, 3, 85, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  [
    "2001:db8::a:0:0:1",
    53,
    [10, 0, 0, 53, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0xa, 0, 0, 0, 0, 0, 1],
  ],
  [
    "::ffff:192.0.2.1",
    53,
    [10, 0, 0, 53, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1],
  ],
];

for (const [host, port, octets] of CASES) {
  Deno.test(`SocketAddresses holds ${host} port ${port} as the kernel does`, () => {
    const addresses = new SocketAddresses(2);
    addresses.set(1, host, port);
    assertEquals([...addresses.octets.subarray(32, 32 + octets.length)], [...octets]);
    assertEquals([addresses.host(1), addresses.port(1)], [host, port]);
    assertEquals(addresses.length(1), host.includes(":") ? 28 : 16);
  });
}

Deno.test("SocketAddresses.host() writes IPv6 addresses as RFC 5952 does", () => {
  const addresses = new SocketAddresses(1);
  for (
    const [text, canonical] of [
      ["2001:0DB8:0:0:0:0:0:1", "2001:db8::1"],
      ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
      ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
      ["0:0:1:0:0:2:0:0", "::1:0:0:2:0:0"],
      ["fe80::1%eth0", "fe80::1"],
      ["::", "::"],
    ]
  ) {
    addresses.set(0, text, 53);
    assertEquals(addresses.host(0), canonical);
  }
});

Deno.test("SocketAddresses.copy() and isSame() keep and compare address and port, of both families", () => {
  const source = new SocketAddresses(CASES.length);
  const kept = new SocketAddresses(CASES.length);
  CASES.forEach(([host, port], index) => {
    source.set(index, host, port);
    kept.set(index, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 4660);
    kept.copy(index, source, index);
  });
  for (const [one, [host, port]] of CASES.entries()) {
    assertEquals([kept.host(one), kept.port(one)], [host, port]);
    for (const other of CASES.keys()) assertEquals(kept.isSame(one, source, other), one === other);
  }
});

Deno.test("SocketAddresses.isSame() sees a difference in any octet of the address, and in the port", () => {
  const addresses = new SocketAddresses(2);
  for (const [host, from, to] of [["192.0.2.1", 2, 8], ["2001:db8::1", 2, 4], ["::1", 8, 24]]) {
    for (let at = Number(from); at < Number(to); at++) {
      addresses.set(0, String(host), 53);
      addresses.set(1, String(host), 53);
      assert(addresses.isSame(0, addresses, 1));
      addresses.octets[32 + at] ^= 1;
      assert(!addresses.isSame(0, addresses, 1), `octet ${at} of ${host}`);
    }
  }
});

Deno.test("SocketAddresses.isSame() does not mind flow label and scope", () => {
  const addresses = new SocketAddresses(2);
  addresses.set(0, "fe80::1", 53);
  addresses.set(1, "fe80::1", 53);
  addresses.setScope(0, 3);
  addresses.octets[4] = 9;
  assert(addresses.isSame(0, addresses, 1));
  addresses.copy(1, addresses, 0);
  assertEquals(addresses.scope(1), 3);
});

Deno.test("SocketAddresses.setPort() changes the port alone", () => {
  const addresses = new SocketAddresses(1);
  addresses.set(0, "2001:db8::7", 1);
  addresses.setPort(0, 40_000);
  assertEquals([addresses.host(0), addresses.port(0)], ["2001:db8::7", 40_000]);
});

Deno.test("SocketAddresses.host() that remembers texts tells those of a thousand addresses, again and again", () => {
  const addresses = new SocketAddresses(1, true);
  for (let round = 0; round < 3; round++) {
    for (let number = 0; number < 1000; number++) {
      const host = number % 2 === 0
        ? `10.0.${number >> 8}.${number & 0xff}`
        : `2001:db8::${(number + 1).toString(16)}`;
      addresses.set(0, host, number);
      assertEquals(addresses.host(0), host);
    }
  }
});
