/** What coming and going interfaces mean for connections to upstreams. */

import { assertEquals } from "@std/assert";
import { stillGoes } from "../../lib/app/unmoved_connections.ts";
import { Routes } from "../../lib/net/routes.ts";

const MINE = "192.0.2.10";
const VPN = "10.8.0.2";

/** An address for each interface, by its name; several if they are joined by commas. */
type Interfaces = Readonly<Record<string, string>>;

function unmoved(
  interfaces: Interfaces,
  sources: Readonly<Record<string, string>>,
  ends = { localHost: MINE, remoteHost: "198.51.100.53" },
): boolean {
  const list = Object.entries(interfaces).flatMap(([name, addresses]) =>
    addresses.split(",").map((address) => ({ address, name }))
  );
  return stillGoes({ sourceFor: (host) => sources[host] }, list)(ends);
}

Deno.test("a connection goes on while its address is there and the way is the same, whatever containers come and go", () => {
  const sources = { "198.51.100.53": MINE };
  assertEquals(unmoved({ eth0: MINE, lo: "127.0.0.1" }, sources), true);
  assertEquals(unmoved({ eth0: MINE, docker0: "172.17.0.1", veth1: "fe80::1" }, sources), true);
});

Deno.test("a connection is renewed when its address has gone, or another way is there, or none", () => {
  assertEquals(unmoved({ lo: "127.0.0.1" }, { "198.51.100.53": MINE }), false);
  assertEquals(unmoved({ eth0: MINE, tun0: VPN }, { "198.51.100.53": VPN }), false);
  assertEquals(unmoved({ eth0: MINE }, {}), false);
});

Deno.test("a connection goes on when the interface gets another address for new ones (RFC 8981)", () => {
  const [older, newer] = ["2001:db8::aaaa", "2001:db8::bbbb"];
  const ends = { localHost: older, remoteHost: "2001:db8:1::53" };
  const sources = { "2001:db8:1::53": newer };
  assertEquals(unmoved({ eth0: `${older},${newer}` }, sources, ends), true);
  assertEquals(unmoved({ eth0: older, wlan0: newer }, sources, ends), false);
  assertEquals(unmoved({ eth0: newer }, sources, ends), false);
});

Deno.test("a connection to a neighbour, or to a Unix socket, is judged by what it has", () => {
  const near = { localHost: "fe80::2%eth0", remoteHost: "fe80::1%eth0" };
  assertEquals(unmoved({ eth0: "fe80::2" }, {}, near), true);
  assertEquals(unmoved({ eth0: "fe80::3" }, {}, near), false);
  assertEquals(unmoved({}, {}, { localHost: "", remoteHost: "" }), true);
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
