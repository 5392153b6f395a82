/** Who is served beyond loopback (RFC 5358, RFC 5625, 6.2; ACL-01, ACL-03). */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { RCODE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { NAME, udpTest } from "./udp_stage.ts";

const STRANGER = { host: "198.51.100.7", port: 5000 };
const NEIGHBOUR = { host: "192.168.1.9", port: 5000 };
const LAN = "192.168.1.1";

udpTest(
  "UdpListener refuses clients of other networks with 18, and does not ask for them (RFC 8914, 4; ACL-01, D26)",
  async (stage) => {
    const query = await stage.ask({ edns: true }, STRANGER);
    assertEquals(stage.reply.rcode, RCODE.REFUSED);
    assertEquals(stage.reply.extendedErrors.map(({ code }) => code), [18]);
    assertLessOrEqual(stage.reply.octets.length, query.length);
    await stage.ask({}, STRANGER);
    assertEquals([stage.reply.rcode, stage.reply.opts], [RCODE.REFUSED, []]);
    assertEquals([stage.resolver.asked, stage.counters.refused], [[], 2]);
  },
  LAN,
);

udpTest(
  "UdpListener serves clients of private networks (ACL-01)",
  async (stage) => {
    await stage.ask({}, NEIGHBOUR);
    await stage.respond(0);
    assertEquals(stage.reply.rcode, RCODE.NOERROR);
  },
  LAN,
);

udpTest(
  "UdpListener refuses at most 100 times a second, then drops (ACL-01, ACL-03)",
  async (stage) => {
    for (let count = 0; count < 300; count++) await stage.ask({ id: count }, STRANGER);
    assertEquals([stage.socket.replies.length, stage.counters.refused], [100, 300]);
    await stage.clock.pass(1000);
    for (let count = 0; count < 300; count++) await stage.ask({ id: count }, STRANGER);
    assertEquals(stage.socket.replies.length, 200);
  },
  LAN,
);

udpTest(
  "UdpListener answers at most 100 malformed queries a second beyond loopback (Q9, ACL-03)",
  async (stage) => {
    const malformed = buildQuery(NAME, { counts: [2] });
    for (let count = 0; count < 300; count++) await stage.send(malformed, NEIGHBOUR);
    assertEquals(stage.socket.replies.length, 100);
    await stage.ask({}, NEIGHBOUR);
    assertEquals(stage.resolver.asked.length, 1, "good queries are served all the same");
  },
  LAN,
);

udpTest("UdpListener answers every malformed query on loopback (ACL-03)", async (stage) => {
  const malformed = buildQuery(NAME, { counts: [2] });
  for (let count = 0; count < 300; count++) await stage.send(malformed);
  assertEquals(stage.socket.replies.length, 300);
});
