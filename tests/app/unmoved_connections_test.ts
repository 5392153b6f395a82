/** What coming and going interfaces mean for connections to upstreams. */

import { assertEquals } from "@std/assert";
import { stillGoes } from "../../lib/app/unmoved_connections.ts";
import { Routes } from "../../lib/net/routes.ts";

const MINE = "192.0.2.10";
const VPN = "10.8.0.2";

function unmoved(
  addresses: readonly string[],
  sources: Readonly<Record<string, string>>,
  ends = { localHost: MINE, remoteHost: "198.51.100.53" },
): boolean {
  const interfaces = addresses.map((address) => ({ address }));
  return stillGoes({ sourceFor: (host) => sources[host] }, interfaces)(ends);
}

Deno.test("a connection goes on while its address is there and the way is the same, whatever containers come and go", () => {
  const sources = { "198.51.100.53": MINE };
  assertEquals(unmoved([MINE, "127.0.0.1"], sources), true);
  assertEquals(unmoved([MINE, "127.0.0.1", "172.17.0.1", "fe80::1"], sources), true);
});

Deno.test("a connection is renewed when its address has gone, or another way is there, or none", () => {
  assertEquals(unmoved(["127.0.0.1"], { "198.51.100.53": MINE }), false);
  assertEquals(unmoved([MINE, VPN], { "198.51.100.53": VPN }), false);
  assertEquals(unmoved([MINE], {}), false);
});

Deno.test("a connection over IPv6, to a neighbour, or to a Unix socket is judged by what it has", () => {
  const temporary = { localHost: "2001:db8::aaaa", remoteHost: "2001:db8:1::53" };
  const newer = { "2001:db8:1::53": "2001:db8::bbbb" };
  assertEquals(unmoved(["2001:db8::aaaa", "2001:db8::bbbb"], newer, temporary), false);
  const near = { localHost: "fe80::2%eth0", remoteHost: "fe80::1%eth0" };
  assertEquals(unmoved(["fe80::2"], {}, near), true);
  assertEquals(unmoved(["fe80::3"], {}, near), false);
  assertEquals(unmoved([], {}, { localHost: "", remoteHost: "" }), true);
});

Deno.test("Routes.sourceFor() is the address that a connection has, and sends nothing", {
  ignore: Deno.build.os !== "linux",
  // The C library stays open.
  sanitizeResources: false,
}, () => {
  const routes = Routes.open();
  assertEquals(routes?.sourceFor("127.0.0.5"), "127.0.0.1");
  assertEquals(routes?.sourceFor("255.255.255.255"), undefined);
});
