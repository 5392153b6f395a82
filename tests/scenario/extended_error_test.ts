/** Extended errors (RFC 8914): passed on, added, and never in the way (protocol design, 1.9). */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { type ExtendedError, extendedErrorOption } from "../helpers/edns.ts";
import { assertAnswered, assertRcode } from "../helpers/expect.ts";
import { type Message, RCODE, TYPE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";

const THEIRS: ExtendedError[] = [
  { code: 6, text: "signature crypto error \u00e9" },
  { code: 22, text: "" },
  { code: 49152, text: "private" },
];

function options() {
  return THEIRS.map(({ code, text }) => extendedErrorOption(code, text));
}

Deno.test("Forwarder passes on every extended error of the upstream, in order (RFC 8914, 3; EDE-01)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ rcode: parseInt(query.name), edns: { options: options() } }),
  });
  const clients = { udp: scenario.udp(), tcp: await scenario.tcp() };
  for (const [transport, client] of Object.entries(clients)) {
    for (const rcode of [RCODE.NOERROR, RCODE.SERVFAIL, RCODE.NXDOMAIN, RCODE.REFUSED]) {
      const query = buildQuery(`${rcode}.${transport}.example`, { edns: true });
      const reply = await client.ask(query);
      assertEquals(reply.rcode, rcode);
      assertEquals(reply.extendedErrors, THEIRS);
    }
  }
});

Deno.test("Forwarder adds no extended error to a SERVFAIL of the upstream that has none (RFC 8914, 4.23 and 4.24; 1.9)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ rcode: RCODE.SERVFAIL }),
  });
  const query = buildQuery("servfail.example", { edns: true });
  const reply = await scenario.udp().ask(query);
  assertRcode(query, reply, RCODE.SERVFAIL);
  assertEquals(reply.extendedErrors.filter(({ code }) => code !== 0), []);
});

Deno.test("Forwarder answers REFUSED with Not Supported to zone transfers, over UDP in no more octets than were asked (RFC 8914, 4.22; Q15; ACL-02; D21)", async () => {
  await using scenario = await startScenario();
  for (const client of [scenario.udp(), await scenario.tcp()]) {
    for (const type of [TYPE.AXFR, TYPE.IXFR]) {
      for (const edns of [true, false]) {
        const query = buildQuery("zone.example", { type, edns });
        const reply = await client.ask(query);
        assertRefused(query, reply, edns ? [21] : []);
        if (client.constructor.name === "UdpClient") {
          assertLessOrEqual(reply.octets.length, query.length);
        }
      }
    }
  }
  assertEquals(scenario.upstream.queries.length, 0);
});

/** The question may be left out where the reply would be larger than the query. */
function assertRefused(query: Uint8Array, reply: Message, codes: number[]): void {
  assertEquals(reply.id, query[0] * 256 + query[1]);
  assertEquals(reply.rcode, RCODE.REFUSED);
  assertEquals(reply.answers, []);
  assertEquals(reply.extendedErrors.map(({ code }) => code), codes);
}

Deno.test("Forwarder leaves extended errors out where the client has no OPT (RFC 8914, 3; EDE-01)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ edns: { options: options() } }),
  });
  const query = buildQuery("plain.example");
  const reply = await scenario.udp().ask(query);
  assertAnswered(query, reply);
  assertEquals(reply.opts, []);
});
