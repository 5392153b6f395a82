/** dig as client, and what it does by habit; `dig_battery_test.ts` has the rest. */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { dig, run } from "../helpers/digging.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { startScenario } from "../helpers/scenario.ts";
import { startForwarder, startUnbound } from "../helpers/real_servers.ts";

peerTest(
  ["unbound", "dig"],
  "dig without EDNS gets what fits into 512 octets with TC, then everything over TCP (RFC 2181, 9)",
  async () => {
    await using unbound = await startUnbound();
    await using program = await startForwarder(unbound.port);
    const { port } = program.address;
    const cut = await dig(port, "+noedns", "+ignore", "crowd.example");
    assert(cut.flags.includes("tc"));
    assert(cut.size <= 512);
    assert(cut.answers.length > 0);
    const all = await dig(port, "+noedns", "crowd.example");
    assertEquals(all.flags.includes("tc"), false);
    assertEquals(all.answers.length, 60);
    assertMatch(all.text, /\(TCP\)/);
  },
);

peerTest(
  ["unbound", "dig"],
  "dig gets the idle time of its TCP connection (RFC 7828)",
  async () => {
    await using unbound = await startUnbound();
    await using program = await startForwarder(unbound.port);
    const stream = await dig(program.address.port, "+tcp", "+keepalive", "one.example");
    const datagram = await dig(program.address.port, "+keepalive", "one.example");
    assertMatch(stream.edns, /TCP KEEPALIVE: [\d.]+ secs/);
    assertNotMatch(datagram.edns, /KEEPALIVE/);
  },
);

peerTest(["unbound", "dig"], "a zone transfer is refused", async () => {
  await using unbound = await startUnbound();
  await using program = await startForwarder(unbound.port);
  const text = await run("dig", ["+tries=1", "axfr", "example"], program.address.port);
  assertMatch(text, /Transfer failed/);
});

peerTest(
  ["dig"],
  "dig reads an answer whose upstream sent extended errors that are malformed",
  async () => {
    const options = [
      { code: 15, data: Uint8Array.of(6) },
      { code: 15, data: Uint8Array.of(0, 22, 0xff, 0xfe) },
      { code: 15, data: new Uint8Array() },
    ];
    await using scenario = await startScenario({
      script: (query) => query.answer({ edns: { options } }),
    });
    const { port } = scenario.program.address;
    for (const transport of ["+notcp", "+tcp"]) {
      const answer = await dig(port, transport, `${transport.slice(1)}.example`);
      assertEquals([answer.status, answer.answers.length], ["NOERROR", 1]);
      assertEquals(answer.extendedErrors, [22]);
      assertNotMatch(answer.text, /malformed|bad packet/i);
    }
  },
);
