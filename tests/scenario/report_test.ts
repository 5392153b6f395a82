/** What a forwarder says of itself while it serves, in the process of the test. */

import { assert, assertEquals } from "@std/assert";
import { createAuthority, daysFromNow } from "../helpers/certificate.ts";
import { buildQuery } from "../helpers/query.ts";
import { freePort } from "../helpers/real_peer.ts";
import { ANY, ReloadStage } from "../helpers/reload_stage.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";

Deno.test("Forwarder.report() counts queries, replies by RCODE and what upstreams did, and knows how long it took", async () => {
  await using upstream = new ScriptedUpstream();
  await using stage = new ReloadStage([...ANY, "--upstream", upstream.uri]);
  assertEquals(stage.forwarder.report().upstreams[0].state, "unused");
  const [client, stream] = [stage.udp(), await stage.tcp()];
  for (let each = 0; each < 5; each++) await client.ask(buildQuery(`n${each}.example`));
  await stream.ask(buildQuery("tcp.example"));
  await client.ask(buildQuery("old.example", { flags: 4 << 11 }));
  const report = stage.forwarder.report();
  assertEquals(report.rcodes, { NOERROR: 6, NOTIMP: 1 });
  const { latency } = report.minute;
  assert(latency && latency.p50 > 0 && latency.p99 <= latency.max, JSON.stringify(latency));
  const [{ connections, latency: response, queries, rcodes, state }] = report.upstreams;
  assertEquals([state, connections.open, connections.opened, queries.answered], [
    "connected",
    1,
    1,
    6,
  ]);
  assertEquals([rcodes, connections.queriesEach], [{ NOERROR: 6 }, 6]);
  assert(response && response.max <= latency.max);
  assertEquals(report.clientConnections, { accepted: 1, refused: 0, unread: 0 });
});

Deno.test("Forwarder.report() says why an upstream fails and since when", async () => {
  const uri = `tcp://127.0.0.1:${freePort()}`;
  await using stage = new ReloadStage([...ANY, "--upstream", uri]);
  await stage.udp().ask(buildQuery("n.example"));
  const { rcodes, upstreams: [upstream] } = stage.forwarder.report();
  assertEquals(rcodes, { SERVFAIL: 1 });
  assertEquals([upstream.state, upstream.isWorking], ["down", false]);
  assert(upstream.cause?.includes("refused"), upstream.cause);
  assert(upstream.since !== undefined && upstream.since >= 4000, `${upstream.since}`);
  assert(upstream.connections.failedAttempts >= 2);
});

Deno.test("Forwarder.report() goes on counting for an upstream that a reload keeps, and tells of no other", async () => {
  await using one = new ScriptedUpstream();
  await using two = new ScriptedUpstream();
  await using stage = new ReloadStage([...ANY, "--upstream", one.uri]);
  await stage.udp().ask(buildQuery("a.example"));
  await stage.reload(...ANY, "--upstream", two.uri, "--upstream", one.uri);
  const states = stage.forwarder.report().upstreams.map(({ state }) => state);
  assertEquals(states, ["unused", "idle"]);
  await stage.udp().ask(buildQuery("b.example"));
  const sent = () =>
    stage.forwarder.report().upstreams.map(({ name, queries }) => [name, queries.sent]);
  assertEquals(sent(), [[two.uri, 1], [one.uri, 1]]);
  await stage.reload(...ANY, "--upstream", two.uri);
  assertEquals(sent(), [[two.uri, 1]]);
  assertEquals(stage.forwarder.summary().sentUpstream, 2);
});

Deno.test("Forwarder.report() knows soon when the certificate of an upstream ends, and looks at it once", async () => {
  const authority = await createAuthority("Test authority");
  const identity = await authority.issue({ dnsNames: ["dns.test"], notAfter: daysFromNow(7.5) });
  await using upstream = new ScriptedUpstream({ identity });
  const uri = `tls://127.0.0.1:${upstream.port}#dns.test`;
  await using stage = new ReloadStage([...ANY, "--upstream", uri], [authority.pem]);
  const days = () => stage.forwarder.report().upstreams[0].certificateDays;
  assertEquals(days(), undefined);
  await stage.udp().ask(buildQuery("a.example"));
  await waitUntil(() => days() !== undefined, "the certificate");
  assertEquals(days(), 7);
  const warning = `Certificate of upstream ${uri} expires on`;
  assert(stage.lines.some((line) => line.startsWith(warning)), stage.lines.join("\n"));
  assertEquals(upstream.connections.length, 2);
  assertEquals(stage.forwarder.summary().connections, 1);
});
