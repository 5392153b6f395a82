/** Idle connections to the upstream: who closes them, and when (RFC 7828; matrix A7, A19, A20). */

import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { setImmediate } from "node:timers";
import { type Below, random } from "../dns/random_octets.ts";
import { keepalive } from "../helpers/edns.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { buildQuery } from "../helpers/query.ts";
import { type Scenario, startScenario } from "../helpers/scenario.ts";
import type { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { askSteadily, numberedNames } from "../helpers/steady_client.ts";
import type { Query, UpstreamConnection } from "../helpers/upstream_connection.ts";
import { waitUntil } from "../helpers/waiting.ts";

/** Asks for a name and has it answered; returns when that was, in milliseconds. */
async function use(scenario: Scenario, name: string): Promise<number> {
  const query = buildQuery(name);
  assertAnswered(query, await scenario.udp().ask(query));
  return performance.now();
}

/** Waits for the end of a connection; returns how many milliseconds after `since` that was. */
async function endAfter(connection: UpstreamConnection, since: number): Promise<number> {
  await waitUntil(() => connection.ending !== undefined, "the end of the connection");
  return performance.now() - since;
}

/** Of the first connection's five queries the third is answered and ends it; the others after the sixth. */
async function wantNoMore({ connection, index }: Query, { queries }: ScriptedUpstream) {
  if (index === 4) await queries[2].answer({ edns: { options: [keepalive(0)] } });
  if (connection.number === 0) return;
  await queries[index].answer();
  for (const early of [0, 1, 3, 4]) await queries[early].answer();
}

for (const [transport, plain] of [["TLS", false], ["plain TCP", true]] as const) {
  Deno.test(`Forwarder sends nothing more on a connection whose upstream wants that, takes what is outstanding and closes first, over ${transport} (RFC 7828, 3.2.2; KA-05, A19)`, async () => {
    await using scenario = await startScenario({ plain, script: wantNoMore });
    const { connections } = scenario.upstream;
    const client = scenario.udp();
    for (const name of numberedNames(5)) await client.send(buildQuery(name));
    const replies = [await client.next()];
    assertEquals([connections[0].queries.length, connections[0].ending], [5, undefined]);
    await client.send(buildQuery("sixth.example"));
    while (replies.length < 6) replies.push(await client.next());
    assertEquals(replies.map(({ rcode }) => rcode), Array(6).fill(0));
    assertEquals(new Set(replies.map(({ questions }) => questions[0].name)).size, 6);
    await waitUntil(() => connections[0].finished, "the end of the first connection");
    const [first, second] = connections;
    assertEquals([first.ending, first.finishedCleanly], ["forwarder", true]);
    assertEquals(connections.map(({ queries }) => queries.length), [5, 1]);
    assertEquals(second.ending, undefined);
    const { failed, resent } = await scenario.program.summary();
    assertEquals({ failed, resent }, { failed: 0, resent: 0 });
  });
}

Deno.test("Forwarder closes half a second before the time that the upstream allows, and asks nothing after it (RFC 7828, 3.2.2; KA-05, A20)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ edns: { options: [keepalive(30)] } }),
  });
  const { connections } = scenario.upstream;
  await use(scenario, "one.example");
  await scenario.upstream.delay(1500);
  const answered = await use(scenario, "two.example");
  const age = await endAfter(connections[0], answered);
  assertEquals([connections.length, connections[0].ending], [1, "forwarder"]);
  assertGreaterOrEqual(age, 2400);
  await use(scenario, "three.example");
  assertEquals(connections.map(({ queries }) => queries.length), [2, 1]);
});

/** Answers, and closes the connection when nothing more was asked on it for `idle` milliseconds. */
async function closeWhenIdle(query: Query, idle: number, upstream: ScriptedUpstream) {
  await query.answer();
  await upstream.delay(idle);
  const { queries } = query.connection;
  if (queries[queries.length - 1] === query) await query.connection.close();
}

Deno.test("Forwarder learns when the upstream closes, connects again once, and is the first to close from then on (RFC 7858, 3.4; DOT-08, Q24, A7)", async () => {
  await using scenario = await startScenario({
    script: (query, upstream) => closeWhenIdle(query, 2000, upstream),
  });
  const { connections } = scenario.upstream;
  const first = await use(scenario, "one.example");
  await endAfter(connections[0], first);
  assertEquals(connections[0].ending, "closed");
  await waitUntil(() => connections.length === 2 && connections[1].ready, "another connection");
  assertEquals(connections[1].queries.length, 0);
  const second = await use(scenario, "two.example");
  const age = await endAfter(connections[1], second);
  assertEquals(connections[1].ending, "forwarder");
  assertGreaterOrEqual(age, 1400);
  await use(scenario, "three.example");
  assertEquals(connections.length, 3);
  const { failed, resent } = await scenario.program.summary();
  assertEquals({ failed, resent }, { failed: 0, resent: 0 });
});

const RACES = 1000;
/** Microseconds: the next query takes about half as long. */
const LONGEST_MOMENT = 2000;
const ENDS = ["close", "cut", "reset"] as const;

/** Answers, and a moment later, when the next query may just be on its way, ends the connection. */
async function endSoon(query: Query, below: Below): Promise<void> {
  await query.answer();
  const end = performance.now() + below(LONGEST_MOMENT) / 1000;
  while (performance.now() < end) await new Promise<void>((resolve) => setImmediate(resolve));
  await query.connection[ENDS[below(ENDS.length)]]();
}

Deno.test("Forwarder loses no query to a connection that is closed at that very moment, in 1,000 races (RFC 7858, 3.4; DOT-08)", async () => {
  const below = random(1);
  await using scenario = await startScenario({ script: (query) => endSoon(query, below) });
  const replies = await askSteadily(scenario.udp(), numberedNames(RACES), 1);
  assertEquals(replies.map(({ rcode }) => rcode), Array(RACES).fill(0));
  assertLessOrEqual(scenario.upstream.mostSends, 3);
  const { failed, resent } = await scenario.program.summary();
  assertEquals(failed, 0);
  assert(resent > 10, `only ${resent} races were lost`);
});
