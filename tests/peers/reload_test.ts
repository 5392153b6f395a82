/** A reload where the machine has other addresses than at the start. */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { kdigFrom } from "../helpers/digging.ts";
import { LOOPBACK, startNear } from "../helpers/near_forwarder.ts";
import { networkTest } from "../helpers/network_namespace.ts";
import { freePort } from "../helpers/real_peer.ts";
import { startUnbound } from "../helpers/real_servers.ts";
import { waitUntil } from "../helpers/waiting.ts";

const ANOTHER = "10.20.30.40";

networkTest(
  ["unbound", "kdig"],
  "a reload opens the addresses that a wildcard stands for now, in batches too, and closes those that are gone",
  async (pair) => {
    await using unbound = await startUnbound({ place: pair.near.at(LOOPBACK) });
    const port = freePort();
    // With `batch` an address that is to be read one datagram at a time would be refused.
    const batch = ["--udp-io", "batch"];
    await using program = await startNear(pair, unbound, LOOPBACK, [`0.0.0.0:${port}`], ...batch);
    const reload = async () => {
      const count = () => program.stderr.split("Configuration ").length;
      const before = count();
      program.signal("SIGHUP");
      await waitUntil(() => count() > before, "a line of the reload");
    };
    const ask = (address: string, ...args: string[]) =>
      kdigFrom(pair.near.at(address), port, ...args, `${crypto.randomUUID()}.many.example`);
    await pair.near.ip(`address add ${ANOTHER}/32 dev lo`);
    await reload();
    // By the reload, or by the look at the addresses that came before.
    assertMatch(program.stderr, /[Ll]istening on 10\.20\.30\.40:/);
    for (const address of [ANOTHER, LOOPBACK]) {
      for (const transport of ["+notcp", "+tcp"]) {
        assertEquals((await ask(address, transport)).status, "NOERROR", `${address} ${transport}`);
      }
    }
    await pair.near.ip(`address delete ${ANOTHER}/32 dev lo`);
    await reload();
    assertMatch(program.stderr, /[Nn]o longer (listening )?on 10\.20\.30\.40:/);
    assertEquals((await ask(LOOPBACK)).status, "NOERROR");
    assertNotMatch(program.stderr, /one datagram at a time/);
    assert(!program.ended);
  },
);
