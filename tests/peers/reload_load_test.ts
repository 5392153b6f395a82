/** No query is lost, however often the configuration changes (E7). */

import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { alternate, hangUp } from "../../scripts/reload/load.ts";
import { peerTest } from "../helpers/real_peer.ts";

const LOAD = { seconds: 5, rate: 2000 };
const RELOADS = 40;

const WAYS = [
  { what: "gets other upstreams and listeners", run: alternate },
  { what: "reads other files on SIGHUP", run: hangUp },
];

for (const { what, run } of WAYS) {
  peerTest(
    ["dnsperf"],
    `Forwarder answers each of ${LOAD.rate} queries a second while it ${what} every 100 ms`,
    async () => {
      const { outcome, reloads } = await run(LOAD);
      assertEquals([outcome.lost, outcome.errors], [0, 0]);
      assertEquals(outcome.answered, outcome.sent);
      assertGreaterOrEqual(outcome.sent, LOAD.seconds * LOAD.rate * 0.9);
      assertGreaterOrEqual(reloads, RELOADS);
    },
  );
}
