/** stunnel between the program and the upstream: who speaks TLS need not be the program. */

import { assertEquals } from "@std/assert";
import { kdig } from "../helpers/digging.ts";
import { peerTest, peerTrust } from "../helpers/real_peer.ts";
import { startStunnel, startUnbound, ZONE_QUESTIONS } from "../helpers/real_servers.ts";
import { startWithUpstreams } from "../helpers/scenario.ts";

peerTest(
  ["unbound", "stunnel4"],
  "an upstream over plain TCP reaches a TLS server through stunnel",
  async () => {
    await using unbound = await startUnbound();
    await using stunnel = await startStunnel(unbound.port);
    const { authority } = await peerTrust();
    await using program = await startWithUpstreams([`tcp://127.0.0.1:${stunnel.port}`], authority);
    for (const [name, type] of [...ZONE_QUESTIONS, ["large.example", "TXT"]]) {
      const direct = await kdig(unbound.port, "+tls", name, type);
      const relayed = await kdig(program.address.port, name, type);
      assertEquals(relayed.status, direct.status, `${name} ${type}`);
      assertEquals(relayed.answers, direct.answers, `${name} ${type}`);
    }
    const { connections, handshakes } = await program.summary();
    assertEquals({ connections, handshakes }, { connections: 1, handshakes: 0 });
  },
);
