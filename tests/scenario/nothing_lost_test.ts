/** No query is lost, whatever the upstream connection does (RFC 7766, 6.2.4). */

import { assertEquals, assertGreaterOrEqual, assertLessOrEqual, assertMatch } from "@std/assert";
import { startScenario } from "../helpers/scenario.ts";
import { askSteadily, numberedNames } from "../helpers/steady_client.ts";
import type { Query } from "../helpers/upstream_connection.ts";

const QUERIES = 10_000;
const PER_CONNECTION = 200;
const WINDOW = 100;

/** The upstream ends each connection after two hundred answers, in turn in each way there is. */
async function endsOften(query: Query, ends: readonly ("close" | "cut" | "reset")[]) {
  const { connection, indexOnConnection } = query;
  if (indexOnConnection >= PER_CONNECTION) return;
  await query.answer();
  if (indexOnConnection < PER_CONNECTION - 1) return;
  await connection[ends[connection.number % ends.length]]();
}

for (const over of ["UDP", "TCP"] as const) {
  Deno.test(`Forwarder answers 10,000 queries over ${over} while the upstream closes after every 200 answers (RFC 7766, 6.2.4; RFC 9520, 3.1; A2)`, async () => {
    await using scenario = await startScenario({ script: (query) => endsOften(query, ["close"]) });
    const client = over === "UDP" ? scenario.udp() : await scenario.tcp();
    const replies = await askSteadily(client, numberedNames(QUERIES), WINDOW);
    assertEquals(replies.filter((reply) => reply.rcode !== 0).length, 0, "no SERVFAIL");
    assertEquals(new Set(replies.map((reply) => reply.questions[0].name)).size, QUERIES);
    assertLessOrEqual(scenario.upstream.mostSends, 3);
    assertGreaterOrEqual(scenario.upstream.connections.length, QUERIES / PER_CONNECTION);
    assertLessOrEqual(scenario.upstream.connections.length, QUERIES / PER_CONNECTION + 2);
    const summary = await scenario.program.summary();
    assertEquals([summary.received, summary.answered], [QUERIES, QUERIES]);
    assertEquals(summary.handshakes, scenario.upstream.handshakes);
    assertEquals(summary["sent upstream"] - summary.resent, QUERIES);
  });
}

Deno.test("Forwarder answers 10,000 queries while the upstream ends its connections in every way (A2, A3, A4)", async () => {
  const ends = ["close", "cut", "reset"] as const;
  await using scenario = await startScenario({ script: (query) => endsOften(query, ends) });
  const replies = await askSteadily(scenario.udp(), numberedNames(QUERIES), WINDOW);
  assertEquals(replies.filter((reply) => reply.rcode !== 0).length, 0, "no SERVFAIL");
  assertEquals(new Set(replies.map((reply) => reply.questions[0].name)).size, QUERIES);
  assertLessOrEqual(scenario.upstream.mostSends, 3);
});

Deno.test("Forwarder answers 3,000 queries while SIGHUP renews its connections again and again (Q23)", async () => {
  await using scenario = await startScenario({
    script: async (query, upstream) => {
      await upstream.delay(20);
      await query.answer();
    },
  });
  const { program, upstream } = scenario;
  const client = scenario.udp();
  const replies = [];
  for (let round = 0; round < 10; round++) {
    program.signal("SIGHUP");
    replies.push(...await askSteadily(client, numberedNames(300, `r${round}-`), WINDOW));
  }
  assertEquals(replies.filter((reply) => reply.rcode !== 0).length, 0, "no SERVFAIL");
  assertEquals(new Set(replies.map((reply) => reply.questions[0].name)).size, 3000);
  assertGreaterOrEqual(upstream.connections.length, 2);
  assertMatch(
    program.stderr,
    /Configuration reloaded: addresses and upstreams as before; connections to upstreams renewed/,
  );
});
