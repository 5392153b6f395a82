/** Clients that are kept apart, as a real server counts connections and TLS sessions (`--isolate`). */

import { assertEquals } from "@std/assert";
import { dig, kdig } from "../helpers/digging.ts";
import { openSslPin } from "../helpers/pin.ts";
import type { Program } from "../helpers/program.ts";
import { freePort, peerTest, peerTrust, type RealPeer } from "../helpers/real_peer.ts";
import { startDnsdist, startForwarder, startUnbound } from "../helpers/real_servers.ts";
import { startWithUpstreams } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

const HOSTS = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
const API_KEY = "count";

/** What dnsdist says of its TLS listener. */
interface Counts {
  readonly tlsNewSessions: number;
  readonly tlsResumptions: number;
  readonly tcpCurrentConnections: number;
}

/** dnsdist in front of unbound; `counts()` asks it. */
async function withDnsdist(
  run: (dnsdist: RealPeer, counts: () => Promise<Counts>) => Promise<void>,
): Promise<void> {
  const port = freePort();
  const lines = `setTCPRecvTimeout(60)
webserver("127.0.0.1:${port}")
setWebserverConfig({ password="unused", apiKey="${API_KEY}", acl="127.0.0.1/32" })`;
  await using unbound = await startUnbound({ plain: true });
  await using dnsdist = await startDnsdist(unbound.port, { lines });
  const headers = { "X-API-Key": API_KEY };
  const url = `http://127.0.0.1:${port}/api/v1/servers/localhost`;
  await run(dnsdist, async () => {
    const { frontends } = await (await fetch(url, { headers })).json();
    return frontends.find(({ type }: { type: string }) => type === "TCP (DNS over TLS)");
  });
}

/** Every client asks twice over UDP and once over TCP. */
async function askAll({ address: { port } }: Program): Promise<void> {
  for (const [at, host] of HOSTS.entries()) {
    for (const name of [`a${at}.many.example`, "one.example"]) {
      assertEquals((await dig(port, "-b", host, name, "A")).status, "NOERROR");
    }
    const { status } = await kdig(port, "-b", host, "+tcp", `b${at}.many.example`, "A");
    assertEquals(status, "NOERROR");
  }
}

/** The sessions that were made at dnsdist between two counts, and the connections open at the second. */
function difference(before: Counts, after: Counts): [made: number, resumed: number, open: number] {
  return [
    after.tlsNewSessions - before.tlsNewSessions,
    after.tlsResumptions - before.tlsResumptions,
    after.tcpCurrentConnections,
  ];
}

peerTest(
  ["unbound", "dnsdist", "dig"],
  "dnsdist sees a TLS session and a connection for each of three clients with --isolate client, none resumed, and one for all without",
  () =>
    withDnsdist(async (dnsdist, counts) => {
      for (const [args, expected] of [[["--isolate", "client"], 3], [[], 1]] as const) {
        // Before the first connection, which is made at the start.
        const before = await counts();
        await using program = await startForwarder(dnsdist.port, ...args);
        await askAll(program);
        const seen = difference(before, await counts());
        assertEquals(seen, [expected, 0, expected], args.join(" "));
      }
    }),
);

peerTest(
  ["unbound", "dnsdist", "dig", "openssl"],
  "dnsdist sees no TLS session resumed with --isolate client where the upstream is pinned, not on new connections either",
  () =>
    withDnsdist(async (dnsdist, counts) => {
      const { authority, identity } = await peerTrust();
      const pin = await openSslPin(identity.cert);
      const uri = `tls://127.0.0.1:${dnsdist.port}#dns.test?pin=sha256:${pin}`;
      const args = ["--isolate", "client"];
      const first = await counts();
      await using program = await startWithUpstreams([uri], authority, { args });
      await askAll(program);
      assertEquals(difference(first, await counts()), [3, 0, 3]);
      program.signal("SIGHUP");
      await waitUntil(() => /connections to upstreams renewed/.test(program.stderr), "renewal");
      const second = await counts();
      await askAll(program);
      assertEquals(difference(second, await counts()), [3, 0, 3]);
      assertEquals((await program.summary()).failed, 0);
    }),
);
