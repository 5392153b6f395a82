/** Clients, or listeners, that share nothing (`--isolate`): who arrives on which connection upstream. */

import { assertEquals, assertMatch } from "@std/assert";
import { askAll, clientsByConnection, HOSTS, withClients } from "../helpers/apart_clients.ts";
import { UdpClient } from "../helpers/client.ts";
import { RCODE } from "../helpers/message.ts";
import { buildQuery, textRecords } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

for (const how of ["plain", "auto"]) {
  Deno.test(`Forwarder with --isolate client asks for each client on a connection of its own, and keeps to it (--udp-io ${how})`, () =>
    withClients(async ({ program, upstream }, clients) => {
      for (let round = 0; round < 3; round++) await askAll(clients, 20, round);
      assertEquals(clientsByConnection(upstream).flat().toSorted(), ["c0", "c1", "c2"]);
      assertEquals([upstream.connections.length, upstream.handshakes], [3, 3]);
      const { handshakes, received, answered, failed, ...summary } = await program.summary();
      assertEquals([summary.connections, handshakes, summary["sent upstream"]], [3, 3, 180]);
      assertEquals([received, answered, failed], [180, 180, 0]);
      assertEquals(program.stderr.match(/Connected to upstream/g)?.length, 1);
      assertMatch(program.stderr, /Forwarding to .*, each client by itself \(dnsfwd/);
    }, { args: ["--udp-io", how] }));
}

Deno.test("Forwarder without --isolate asks for three clients on one connection", async () => {
  await using scenario = await startScenario();
  for (const host of HOSTS) {
    using client = new UdpClient(scenario.program.address, host);
    await client.ask(buildQuery(`${host}.example`));
  }
  assertEquals(scenario.upstream.connections.length, 1);
});

Deno.test("Forwarder with --isolate client takes UDP and TCP of an address for one client", () =>
  withClients(async (scenario, [one, two]) => {
    await one.ask(buildQuery("n1.c0"));
    await (await scenario.tcp()).ask(buildQuery("n2.c0"));
    await two.ask(buildQuery("n3.c1"));
    await (await scenario.tcp()).ask(buildQuery("n4.c0"));
    assertEquals(clientsByConnection(scenario.upstream), [["c0"], ["c1"]]);
  }));

Deno.test("Forwarder with --isolate client takes UDP and TCP of an IPv6 address for one client, whose IPv4 address is another", async () => {
  const listen = ["[::1]:0", "127.0.0.1:0"];
  await using scenario = await startScenario({ listen, args: ["--isolate", "client"] });
  const [v6, v4] = scenario.program.addresses;
  for (const [server, of] of [[v6, "c6"], [v4, "c4"]] as const) {
    await scenario.udp(server).ask(buildQuery(`udp.${of}`));
    await (await scenario.tcp(server)).ask(buildQuery(`tcp.${of}`));
  }
  assertEquals(clientsByConnection(scenario.upstream), [["c6"], ["c4"]]);
});

Deno.test("Forwarder with --isolate client joins equal questions of one client, never those of two", () => {
  const questions = Promise.withResolvers<void>();
  return withClients(async ({ program, upstream }, [one, two]) => {
    for (const client of [one, one, two]) await client.send(buildQuery("same.example"));
    await waitUntil(() => upstream.queries.length === 2, "both questions");
    await waitUntil(() => upstream.connections.length === 2, "both connections");
    questions.resolve();
    for (const client of [one, one, two]) assertEquals((await client.next()).rcode, RCODE.NOERROR);
    assertEquals(upstream.connections.map(({ queries }) => queries.length), [1, 1]);
    assertEquals((await program.summary()).joined, 1);
  }, { script: (query) => questions.promise.then(() => query.answer()) });
});

Deno.test("Forwarder with --isolate client remembers a failure for the client that saw it, and no other (RFC 9520)", () =>
  withClients(async ({ program, upstream }, [one, two]) => {
    const ask = async (client: UdpClient) => (await client.ask(buildQuery("bad.example"))).rcode;
    assertEquals(await ask(one), RCODE.SERVFAIL);
    assertEquals([await ask(one), upstream.queries.length], [RCODE.SERVFAIL, 1]);
    assertEquals([await ask(two), upstream.queries.length], [RCODE.SERVFAIL, 2]);
    assertEquals((await program.summary())["failed again"], 1);
  }, { script: (query) => query.answer({ flags: 0x8182 }) }));

Deno.test("Forwarder with --isolate client keeps a large answer for the client that got it truncated, and no other", () =>
  withClients(async (scenario, [one, two]) => {
    await one.ask(buildQuery("large.example"));
    await (await scenario.tcp()).ask(buildQuery("large.example"));
    assertEquals(scenario.upstream.queries.length, 1);
    await two.ask(buildQuery("large.example"));
    assertEquals(scenario.upstream.connections.map(({ queries }) => queries.length), [1, 1]);
  }, { script: (query) => query.answer({ answers: textRecords(query.name, 700) }) }));

Deno.test("Forwarder with --isolate listener has a connection for each address it listens on, UDP and TCP together", async () => {
  const listen = ["127.0.0.1:0", "127.0.0.2:0"];
  await using scenario = await startScenario({ listen, args: ["--isolate", "listener"] });
  for (const [at, server] of scenario.program.addresses.entries()) {
    for (const host of HOSTS) {
      using client = new UdpClient(server, host);
      await client.ask(buildQuery(`same.c${at}`));
    }
    await (await scenario.tcp(server)).ask(buildQuery(`tcp.c${at}`));
  }
  assertEquals(clientsByConnection(scenario.upstream), [["c0"], ["c1"]]);
  const { handshakes, failed } = await scenario.program.summary();
  assertEquals([handshakes, failed], [2, 0]);
});
