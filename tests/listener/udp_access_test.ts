/** Who is served beyond loopback (RFC 5358, RFC 5625, 6.2; ACL-01, ACL-03). */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { OwnAddresses } from "../../lib/listener/own_addresses.ts";
import { ResponseRate } from "../../lib/listener/response_rate.ts";
import { assertRepliesTo } from "../helpers/expect.ts";
import { FLAG, RCODE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { NAME, udpTest } from "./udp_stage.ts";

const STRANGER = { host: "198.51.100.7", port: 5000 };
const NEIGHBOUR = { host: "192.168.1.9", port: 5000 };
const LAN = "192.168.1.1";
const SILENT = { debug() {}, info() {}, warning() {}, error() {} };

/** Three responses a second for each network. */
function limited() {
  return { rate: new ResponseRate(3, SILENT, 1) };
}

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

udpTest(
  "UdpListener truncates what a network asks beyond its limit, asks nothing for it, and sends no more than it got (ACL-03)",
  async (stage) => {
    for (let id = 0; id < 3; id++) await stage.ask({ id }, NEIGHBOUR);
    assertEquals([stage.resolver.asked.length, stage.socket.replies.length], [3, 0]);
    for (const input of [{ id: 3 }, { id: 4, edns: { dnssecOk: true } }]) {
      const query = await stage.ask(input, { ...NEIGHBOUR, host: "192.168.1.200" });
      assertRepliesTo(query, stage.reply);
      assertEquals([stage.reply.rcode, stage.reply.flags & FLAG.TC], [RCODE.NOERROR, FLAG.TC]);
      assertEquals([stage.reply.answers, stage.reply.opts.length], [[], "edns" in input ? 1 : 0]);
      assertLessOrEqual(stage.reply.octets.length, query.length);
    }
    assertEquals([stage.resolver.asked.length, stage.counters.limited], [3, 2]);
    assertEquals([stage.counters.truncated, stage.counters.answered], [2, 2]);
  },
  LAN,
  limited(),
);

udpTest(
  "UdpListener goes on asking for other networks, and for a limited one as time passes (ACL-03)",
  async (stage) => {
    for (let id = 0; id < 6; id++) await stage.ask({ id }, NEIGHBOUR);
    for (let id = 0; id < 3; id++) await stage.ask({ id }, { ...NEIGHBOUR, host: "192.168.2.9" });
    assertEquals(stage.resolver.asked.length, 6);
    await stage.clock.pass(334);
    for (let id = 6; id < 9; id++) await stage.ask({ id }, NEIGHBOUR);
    assertEquals([stage.resolver.asked.length, stage.counters.limited], [7, 5]);
  },
  LAN,
  limited(),
);

udpTest(
  "UdpListener takes nothing from the limit of a network for repeated datagrams and errors (ACL-03)",
  async (stage) => {
    const query = await stage.ask({ id: 1 }, NEIGHBOUR);
    for (let count = 0; count < 9; count++) await stage.send(query, NEIGHBOUR);
    const malformed = buildQuery(NAME, { counts: [2] });
    for (let count = 0; count < 9; count++) await stage.send(malformed, NEIGHBOUR);
    for (const id of [2, 3]) await stage.ask({ id }, NEIGHBOUR);
    assertEquals([stage.resolver.asked.length, stage.counters.limited], [3, 0]);
  },
  LAN,
  limited(),
);

for (const loopback of ["127.0.0.1", "::1"]) {
  udpTest(
    `UdpListener has no limit on loopback: ${loopback} (ACL-03)`,
    async (stage) => {
      for (let id = 0; id < 8; id++) await stage.ask({ id }, { host: loopback, port: 5000 });
      assertEquals([stage.resolver.asked.length, stage.counters.limited], [8, 0]);
    },
    loopback,
    limited(),
  );
}

udpTest(
  "UdpListener has no limit for a network if it is given none (ACL-03)",
  async (stage) => {
    for (let id = 0; id < 8; id++) await stage.ask({ id }, NEIGHBOUR);
    assertEquals([stage.resolver.asked.length, stage.counters.limited], [8, 0]);
  },
  LAN,
);

udpTest(
  "UdpListener.change() takes other settings for the datagrams to come",
  async (stage) => {
    const own = new OwnAddresses([]);
    await stage.ask({ id: 1 }, NEIGHBOUR);
    stage.listener.change({ truncate: true, rate: undefined, own });
    await stage.ask({ id: 2 }, NEIGHBOUR);
    assertEquals([stage.resolver.asked.length, stage.reply.flags & FLAG.TC], [1, FLAG.TC]);
    stage.listener.change({ truncate: false, ...limited(), own });
    for (let id = 3; id < 8; id++) await stage.ask({ id }, NEIGHBOUR);
    assertEquals([stage.resolver.asked.length, stage.counters.limited], [1 + 3, 2]);
    stage.listener.change({ truncate: false, rate: undefined, own });
    for (let id = 8; id < 10; id++) await stage.ask({ id }, NEIGHBOUR);
    assertEquals(stage.resolver.asked.length, 1 + 3 + 2);
  },
  LAN,
);
