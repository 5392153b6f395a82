/** The life of the upstream connection: how it begins and ends, and what clients see of it (matrix A). */

import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { exchange } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { frame } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { type ScenarioOptions, startScenario, startWithUpstreams } from "../helpers/scenario.ts";
import { trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { askSteadily, numberedNames } from "../helpers/steady_client.ts";
import { TlsFront } from "../helpers/tls_front.ts";
import { UdpClient } from "../helpers/client.ts";
import { waitUntil } from "../helpers/waiting.ts";

type End = "close" | "cut" | "reset";

const IN_FLIGHT = 20;
const ANSWERED = 5;

/** The first connection ends with twenty queries in flight, five of them answered. */
function endsInMidFlight(end: End): ScenarioOptions["script"] {
  return async ({ connection, ...query }, upstream) => {
    if (connection.number > 0) return await upstream.queries[query.index].answer();
    if (connection.queries.length < IN_FLIGHT) return;
    for (const early of connection.queries.slice(0, ANSWERED)) await early.answer();
    await connection[end]();
  };
}

Deno.test("Forwarder answers every query while the upstream closes after each answer (RFC 7858, 3.4; A1)", async () => {
  await using scenario = await startScenario({
    script: async (query) => {
      await query.answer();
      await query.connection.close();
    },
  });
  const replies = await askSteadily(scenario.udp(), numberedNames(20), 1);
  for (const reply of replies) assertEquals(reply.rcode, 0);
  assertLessOrEqual(scenario.upstream.connections.length, 21);
  assertLessOrEqual(scenario.upstream.mostSends, 2);
});

const STREAMS: [string, ScenarioOptions][] = [["TLS", {}], ["plain TCP", { plain: true }]];
const ENDS: [End, string, string][] = [
  ["close", "A2", "closes"],
  ["reset", "A3", "resets"],
  ["cut", "A4", "ends without close_notify"],
];

for (const [transport, options] of STREAMS) {
  for (const [end, row, verb] of ENDS) {
    Deno.test(`Forwarder sends unanswered queries again, once, when the upstream ${verb} in mid-flight over ${transport} (RFC 7766, 6.2.4; ${row})`, async () => {
      await using scenario = await startScenario({ ...options, script: endsInMidFlight(end) });
      const queries = numberedNames(IN_FLIGHT).map((name) => buildQuery(name));
      const replies = await exchange(scenario.udp(), queries);
      queries.forEach((query, i) => assertAnswered(query, replies[i]));
      const { upstream } = scenario;
      assertEquals(upstream.connections.length, 2);
      assertEquals(upstream.mostSends, 2, "at most one more send per question");
      assertGreaterOrEqual(upstream.queries.length, 2 * IN_FLIGHT - ANSWERED);
    });
  }
}

Deno.test("Forwarder works over a Unix socket and sends again there as well (A2)", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/upstream`;
    await using scenario = await startScenario({ path, script: endsInMidFlight("close") });
    const queries = numberedNames(IN_FLIGHT).map((name) => buildQuery(name));
    const replies = await exchange(scenario.udp(), queries);
    queries.forEach((query, i) => assertAnswered(query, replies[i]));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("Forwarder sends a query again when the connection ends in the middle of its response (RFC 7766, 6.2.4; A2)", async () => {
  await using scenario = await startScenario({
    script: async (query) => {
      if (query.index > 0) return await query.answer();
      await query.connection.sendRaw(frame(query.response()).subarray(0, 30));
      await query.connection.close();
    },
  });
  const query = buildQuery("half.example");
  assertAnswered(query, await scenario.udp().ask(query));
  assertEquals(scenario.upstream.connections.length, 2);
});

Deno.test("Forwarder sends a question at most three times (RFC 9520, 3.1; DOT-09)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.name === "poison.example" ? query.connection.reset() : query.answer(),
  });
  const poison = buildQuery("poison.example", { edns: true });
  const reply = await scenario.udp().ask(poison);
  assertEquals(reply.rcode, 2);
  assert(reply.extendedErrors.some(({ code }) => code === 23), "Network Error");
  assertLessOrEqual(scenario.upstream.sends("poison.example"), 3);
  const good = buildQuery("good.example");
  assertAnswered(good, await scenario.udp().ask(good));
});

Deno.test("Forwarder takes an idle close as no failure and connects again for the next query (RFC 7858, 3.4; A7, DOT-08)", async () => {
  await using scenario = await startScenario();
  const client = scenario.udp();
  for (let round = 0; round < 3; round++) {
    const query = buildQuery(`round${round}.example`);
    assertAnswered(query, await client.ask(query, 1500));
    const connection = scenario.upstream.connections.at(-1);
    connection?.close();
    await waitUntil(() => connection?.finished ?? false, "the forwarder closes as well");
  }
  assertEquals(scenario.upstream.mostSends, 1);
  assertLessOrEqual(scenario.upstream.connections.length, 4);
});

Deno.test("Forwarder sends many queries at once over one connection and does not wait between them (RFC 7858, 3.3; DOT-03, DOT-06)", async () => {
  await using scenario = await startScenario({
    // None is answered before all are there.
    script: async (query, upstream) => {
      await upstream.received(100);
      await query.answer();
    },
  });
  const queries = numberedNames(100).map((name) => buildQuery(name));
  const replies = await exchange(scenario.udp(), queries);
  queries.forEach((query, i) => assertAnswered(query, replies[i]));
  assertEquals(scenario.upstream.connections.length, 1);
  const ids = new Set(scenario.upstream.queries.map((query) => query.message.id));
  assertEquals(ids.size, 100, "no ID twice in flight (RFC 7766, 6.2.1)");
});

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  Deno.test(`Forwarder works with an upstream that speaks ${version} alone (RFC 9325, 3.1.1; A24)`, async () => {
    const { authority, identity } = await trust();
    await using upstream = new ScriptedUpstream();
    await using front = await TlsFront.start(identity, version, upstream.port);
    await using program = await startWithUpstreams([`${front.uri}#${UPSTREAM_NAME}`], authority);
    using client = new UdpClient(program.address);
    const query = buildQuery("version.example");
    assertAnswered(query, await client.ask(query));
  });
}

const ALPN: [string, string[], string | null][] = [
  ["chooses dot", ["dot"], "dot"],
  ["ignores it", [], null],
  ["refuses dot by alert 120", ["h2"], null],
];

for (const [what, alpn, chosen] of ALPN) {
  Deno.test(`Forwarder offers the protocol dot and works with an upstream that ${what} (RFC 7301, 3.2; DOT-12; A27)`, async () => {
    await using scenario = await startScenario({ alpn });
    const query = buildQuery("alpn.example");
    assertAnswered(query, await scenario.udp().ask(query));
    assertEquals(scenario.upstream.connections.at(-1)?.alpn, chosen);
  });
}

Deno.test("Forwarder answers what is in flight when it is told to stop, sends close_notify and exits with 0 (RFC 7858, 3.4; DOT-11; E6)", async () => {
  await using scenario = await startScenario({
    script: (query, upstream) => upstream.delay(300).then(() => query.answer()),
  });
  const client = scenario.udp();
  const queries = numberedNames(50).map((name) => buildQuery(name));
  const replies = exchange(client, queries);
  await scenario.upstream.received(50);
  scenario.program.signal("SIGTERM");
  (await replies).forEach((reply, i) => assertAnswered(queries[i], reply));
  assertEquals((await scenario.program.exit).code, 0);
  const [connection] = scenario.upstream.connections;
  await waitUntil(() => connection.finished, "the end of the connection");
  assert(connection.finishedCleanly);
});

Deno.test("Forwarder answers what is in flight though more signals come while it ends (E6)", async () => {
  await using scenario = await startScenario({
    script: (query, upstream) => upstream.delay(300).then(() => query.answer()),
  });
  const queries = numberedNames(50).map((name) => buildQuery(name));
  const replies = exchange(scenario.udp(), queries);
  await scenario.upstream.received(50);
  const { program } = scenario;
  program.signal("SIGTERM");
  await waitUntil(() => program.stderr.includes("Stopping"), "the end to begin");
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const) program.signal(signal);
  (await replies).forEach((reply, i) => assertAnswered(queries[i], reply));
  assertEquals((await program.exit).code, 0);
});
