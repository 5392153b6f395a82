import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import {
  expandWildcards,
  type InterfaceAddress,
  parseListen,
} from "../../../lib/app/settings/listen_address.ts";
import type { Address } from "../../../lib/net/address.ts";

Deno.test("parseListen() takes ADDR[:PORT], 53 if no port is given", () => {
  const cases: [string, string, number][] = [
    ["127.0.0.1", "127.0.0.1", 53],
    ["127.0.0.1:5300", "127.0.0.1", 5300],
    ["127.0.0.1:0", "127.0.0.1", 0],
    ["::1", "::1", 53],
    ["[::1]", "::1", 53],
    ["[::1]:5300", "::1", 5300],
    ["0.0.0.0", "0.0.0.0", 53],
    ["fe80::1%eth0", "fe80::1%eth0", 53],
  ];
  for (const [text, hostname, port] of cases) {
    assertEquals(parseListen(text), { hostname, port }, text);
  }
});

Deno.test("parseListen() says what is wrong and what is allowed", () => {
  const form = "expected ADDR[:PORT] with an IPv4 address or an IPv6 address in brackets";
  const cases = [
    ["", form],
    [":53", form],
    ["localhost", form],
    ["eth0:53", form],
    ["127.0.0.256", form],
    ["udp://127.0.0.1", form],
    ["127.0.0.1:65536", 'port "65536" is not a number from 0 to 65535'],
    ["127.0.0.1:", 'port "" is not a number from 0 to 65535'],
    ["[::1]:dns", 'port "dns" is not a number from 0 to 65535'],
  ];
  for (const [text, allowed] of cases) {
    const error = assertThrows(() => parseListen(text), ConfigError);
    assertEquals(error.message, `--listen "${text}": ${allowed}`);
  }
});

function interfaceOf(address: string): InterfaceAddress {
  const family = address.includes(":") ? "IPv6" : "IPv4";
  return { family, name: "eth0", address, cidr: `${address}/${family === "IPv4" ? 24 : 64}` };
}

const INTERFACES = ["127.0.0.1", "192.168.1.1", "10.0.0.1", "::1", "2001:db8::1", "fe80::1"]
  .map(interfaceOf);

function expanded(...hostnames: string[]): string[] {
  const addresses = hostnames.map((hostname) => ({ hostname, port: 53 }));
  return expandWildcards(addresses, INTERFACES).map(({ hostname }) => hostname);
}

Deno.test("expandWildcards() lists the machine's addresses of the family, link-local ones with their interface (RFC 2181, 4.1; RFC 4007, 11)", () => {
  assertEquals(expanded("0.0.0.0"), ["127.0.0.1", "192.168.1.1", "10.0.0.1"]);
  assertEquals(expanded("::"), ["::1", "2001:db8::1", "fe80::1%eth0"]);
  assertEquals(expanded("0:0::0"), ["::1", "2001:db8::1", "fe80::1%eth0"]);
});

Deno.test("expandWildcards() keeps a wildcard for which the machine has no address", () => {
  const ipv4 = INTERFACES.filter(({ family }) => family === "IPv4");
  const addresses = ["::", "0.0.0.0"].map((hostname) => ({ hostname, port: 53 }));
  assertEquals(
    expandWildcards(addresses, ipv4).map(({ hostname }) => hostname),
    ["::", "127.0.0.1", "192.168.1.1", "10.0.0.1"],
  );
});

Deno.test("expandWildcards() lists an address once in whatever spelling it was given", () => {
  assertEquals(expanded("0:0:0::0001", "2001:DB8::1", "::"), [
    "0:0:0::0001",
    "2001:DB8::1",
    "fe80::1%eth0",
  ]);
});

Deno.test("parseListen() refuses a link-local address of which nobody knows the link", () => {
  const { message } = assertThrows(() => parseListen("[fe80::1]:53"), ConfigError);
  assertStringIncludes(message, "needs the name of its interface, as in [fe80::1%eth0]");
  assertEquals(parseListen("[fe80::1%eth0]:53"), { hostname: "fe80::1%eth0", port: 53 });
});

Deno.test("expandWildcards() leaves other addresses as they are, those of no interface too", () => {
  assertEquals(expanded("192.0.2.9", "fe80::1%eth0"), ["192.0.2.9", "fe80::1%eth0"]);
});

Deno.test("expandWildcards() keeps the port, and lists equal addresses once", () => {
  const port = (port: number) => (hostname: string): Address => ({ hostname, port });
  const addresses = [...["127.0.0.1", "0.0.0.0"].map(port(5300)), port(53)("127.0.0.1")];
  const expected = ["127.0.0.1", "192.168.1.1", "10.0.0.1"].map(port(5300));
  assertEquals(expandWildcards(addresses, INTERFACES), [...expected, port(53)("127.0.0.1")]);
});

Deno.test("expandWildcards() keeps equal addresses with port 0, as each gets a port of its own", () => {
  const any = { hostname: "127.0.0.1", port: 0 };
  assertEquals(expandWildcards([any, any], INTERFACES), [any, any]);
});
