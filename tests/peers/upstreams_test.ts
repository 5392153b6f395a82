/** Real servers as upstreams over TLS: what they answer through the program is what they answer directly. */

import { assert, assertEquals } from "@std/assert";
import { type Answer, kdig } from "../helpers/digging.ts";
import { peerTest, type RealPeer } from "../helpers/real_peer.ts";
import {
  startDnsdist,
  startForwarder,
  startKresd,
  startUnbound,
  ZONE_QUESTIONS,
} from "../helpers/real_servers.ts";

const TRANSPORTS = { UDP: "+notcp", TCP: "+tcp" };

peerTest(["unbound"], "unbound as upstream: answers are those of asking it directly", async () => {
  await using unbound = await startUnbound();
  await compareAnswers(unbound);
});

peerTest(
  ["unbound", "dnsdist"],
  "dnsdist as upstream: answers are those of asking it directly",
  async () => {
    await using unbound = await startUnbound({ plain: true });
    await using dnsdist = await startDnsdist(unbound.port);
    await compareAnswers(dnsdist);
  },
);

peerTest(["kresd"], "kresd as upstream: answers are those of asking it directly", async () => {
  await using kresd = await startKresd();
  await compareAnswers(kresd);
});

peerTest(["kresd"], "kresd's extended errors reach the client (RFC 8914)", async () => {
  await using kresd = await startKresd();
  await using program = await startForwarder(kresd.port);
  const direct = await kdig(kresd.port, "+tls", "+edns", "one.example", "A");
  const relayed = await kdig(program.address.port, "+edns", "one.example", "A");
  const without = await kdig(program.address.port, "+noedns", "one.example", "A");
  assertEquals(extendedErrors(direct), ["EDE: 4 (Forged Answer): '5DO5'"]);
  assertEquals(extendedErrors(relayed), extendedErrors(direct));
  assertEquals(extendedErrors(without), []);
});

async function compareAnswers(upstream: RealPeer): Promise<void> {
  await using program = await startForwarder(upstream.port);
  for (const [name, type] of ZONE_QUESTIONS) {
    const direct = await kdig(upstream.port, "+tls", name, type);
    for (const [transport, option] of Object.entries(TRANSPORTS)) {
      const relayed = await kdig(program.address.port, option, name, type);
      assertEquals(essence(relayed), essence(direct), `${name} ${type} over ${transport}`);
    }
  }
  const { connections, handshakes } = await program.summary();
  assertEquals({ connections, handshakes }, { connections: 1, handshakes: 1 });
}

/** What must be the same on both ways: all but OPT, which is between neighbours (RFC 6891, 6.1.1). */
function essence(answer: Answer): Partial<Answer> {
  const { status, flags, answers, authorities, additionals } = answer;
  assert(status === "NXDOMAIN" || status === "NOERROR", status);
  return { status, flags, answers, authorities, additionals };
}

function extendedErrors(answer: Answer): string[] {
  return answer.text.match(/EDE: .*/g) ?? [];
}
