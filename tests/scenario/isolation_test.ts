/** Clients, or listeners, that share nothing (`--isolate`): who arrives on which connection upstream. */

import { assert, assertEquals, assertGreaterOrEqual, assertMatch } from "@std/assert";
import { exchange, UdpClient } from "../helpers/client.ts";
import { assertAnswered, assertServerFailure } from "../helpers/expect.ts";
import { RCODE } from "../helpers/message.ts";
import { buildQuery, textRecords } from "../helpers/query.ts";
import { type Scenario, type ScenarioOptions, startScenario } from "../helpers/scenario.ts";
import type { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { numberedNames } from "../helpers/steady_client.ts";
import { waitUntil } from "../helpers/waiting.ts";

const HOSTS = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

/** Runs with a UDP client at each of the hosts. */
async function withClients(
  run: (scenario: Scenario, clients: readonly UdpClient[]) => Promise<void>,
  options: ScenarioOptions = {},
  hosts = HOSTS,
): Promise<void> {
  const args = ["--isolate", "client", ...options.args ?? []];
  await using scenario = await startScenario({ ...options, args });
  const clients = hosts.map((host) => new UdpClient(scenario.program.address, host));
  try {
    await run(scenario, clients);
  } finally {
    for (const client of clients) client.close();
  }
}

/** Names that only one client asks for. */
function namesOf(client: number, count: number, round = 0): string[] {
  return numberedNames(count, `r${round}-`).map((name) => name.replace("example", `c${client}`));
}

/** Each client asks for names of its own, all at once; all are answered. */
async function askAll(clients: readonly UdpClient[], count: number, round = 0): Promise<void> {
  await Promise.all(clients.map(async (client, at) => {
    const queries = namesOf(at, count, round).map((name) => buildQuery(name));
    const replies = await exchange(client, queries);
    replies.forEach((reply, index) => assertAnswered(queries[index], reply));
  }));
}

/** Which clients' names came on each connection that was used. */
function clientsByConnection({ connections }: ScriptedUpstream): string[][] {
  return connections
    .map(({ queries }) => [...new Set(queries.map(({ name }) => name.split(".")[1]))])
    .filter((clients) => clients.length > 0);
}

function assertApart(upstream: ScriptedUpstream): void {
  for (const clients of clientsByConnection(upstream)) assertEquals(clients.length, 1);
}

Deno.test("Forwarder with --isolate client asks for each client on a connection of its own, and keeps to it", () =>
  withClients(async ({ program, upstream }, clients) => {
    for (let round = 0; round < 3; round++) await askAll(clients, 20, round);
    assertEquals(clientsByConnection(upstream).flat().toSorted(), ["c0", "c1", "c2"]);
    assertEquals([upstream.connections.length, upstream.handshakes], [3, 3]);
    const summary = await program.summary();
    assertEquals([summary.connections, summary.handshakes, summary["sent upstream"]], [3, 3, 180]);
    assertEquals([summary.received, summary.answered, summary.failed], [180, 180, 0]);
    assertEquals(program.stderr.match(/Connected to upstream/g)?.length, 1);
  }));

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

Deno.test("Forwarder with --limit isolated=2 closes the connection of the client that was quiet longest for a third", () =>
  withClients(async ({ program, upstream }, clients) => {
    const [one, two, three] = clients;
    await one.ask(buildQuery("n0.c0"));
    await two.ask(buildQuery("n0.c1"));
    await one.ask(buildQuery("n1.c0"));
    await three.ask(buildQuery("n0.c2"));
    const open = () => upstream.connections.filter(({ ending }) => ending === undefined);
    await waitUntil(() => open().length === 2, "the end of a connection");
    assertEquals(open().map(({ queries }) => queries[0].name), ["n0.c0", "n0.c2"]);
    assertMatch(program.stderr, /Warning: More than 2 clients at a time/);
    for (const [at, client] of clients.entries()) {
      const query = buildQuery(`n9.c${at}`);
      assertAnswered(query, await client.ask(query));
    }
    assertApart(upstream);
  }, { args: ["--limit", "isolated=2"] }));

Deno.test("Forwarder with --limit isolated=2 refuses a third client while two wait, over UDP and TCP, and says why (RFC 8914)", () => {
  const wait = Promise.withResolvers<void>();
  return withClients(async (scenario, [two, three, one]) => {
    const { upstream } = scenario;
    await two.send(buildQuery("n0.c1"));
    await three.send(buildQuery("n0.c2"));
    await upstream.received(2);
    for (const client of [one, await scenario.tcp()]) {
      const query = buildQuery("n0.c0", { edns: true });
      const reply = await client.ask(query, 1000);
      assertServerFailure(query, reply, [0]);
      const [{ text }] = reply.extendedErrors;
      assertEquals(text, "no upstream connection of its own is free for this client");
    }
    assertEquals([upstream.queries.length, upstream.connections.length], [2, 2]);
    wait.resolve();
    for (const client of [two, three]) assertEquals((await client.next()).rcode, RCODE.NOERROR);
    assertEquals((await one.ask(buildQuery("n1.c0"))).rcode, RCODE.NOERROR);
    assertEquals((await scenario.program.summary()).failed, 2);
    assertApart(upstream);
  }, {
    script: (query) => wait.promise.then(() => query.answer()),
    args: ["--limit", "isolated=2"],
  }, ["127.0.0.2", "127.0.0.3", "127.0.0.1"]);
});

Deno.test("Forwarder with --isolate client renews the connections of all clients on SIGHUP, mixes none and loses nothing", () =>
  withClients(async ({ program, upstream }, clients) => {
    await askAll(clients, 5);
    upstream.script = (query) => upstream.delay(300).then(() => query.answer());
    const asked = askAll(clients, 5, 1);
    await upstream.received(30);
    program.signal("SIGHUP");
    await waitUntil(() => upstream.handshakes === 6, "new connections");
    await asked;
    await askAll(clients, 5, 2);
    assertApart(upstream);
    assertEquals((await program.summary()).failed, 0);
  }));

Deno.test("Forwarder with --isolate client sends again what was lost with connections, each on its client's own", () =>
  withClients(async ({ program, upstream }, clients) => {
    let cuts = 0;
    upstream.script = async (query) => {
      if (query.indexOnConnection === 10 && cuts++ < 9) await query.connection.reset();
      else await query.answer();
    };
    await askAll(clients, 60);
    assertApart(upstream);
    assertGreaterOrEqual(cuts, 3);
    const { failed, resent } = await program.summary();
    assert(failed === 0 && resent > 0, `${failed} failed, ${resent} sent again`);
  }));

Deno.test("Forwarder with --isolate client ends as asked with queries of several clients in flight", () =>
  withClients(async (scenario, clients) => {
    scenario.upstream.script = () => {};
    const query = buildQuery("n0.c0", { edns: true });
    for (const client of clients) await client.send(query);
    await scenario.upstream.received(3);
    const exit = scenario.program.stop();
    for (const client of clients) assertServerFailure(query, await client.next(), [14]);
    assertEquals((await exit).code, 0);
    assertEquals(scenario.upstream.connections.every(({ ending }) => ending === "forwarder"), true);
  }));

Deno.test("Forwarder with --isolate client answers a burst of 1,000 queries of one client", () =>
  withClients(
    async ({ program, upstream }, sockets) => {
      await askAll(sockets, 200);
      assertEquals([upstream.queries.length, upstream.connections.length], [1000, 1]);
      const { dropped, failed } = await program.summary();
      assertEquals([dropped, failed], [0, 0]);
    },
    {},
    Array.from({ length: 5 }, () => "127.0.0.1"),
  ));

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
