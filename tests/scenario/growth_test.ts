/** Upstreams that work on only a few queries per connection at a time, and such that do not (Q7). */

import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { exchange } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { buildQuery } from "../helpers/query.ts";
import { type Scenario, type ScenarioOptions, startScenario } from "../helpers/scenario.ts";
import { numberedNames } from "../helpers/steady_client.ts";
import type { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import type { Query, UpstreamConnection } from "../helpers/upstream_connection.ts";

const DELAY = 200;
const QUESTIONS = 500;

/** Answers after 200 ms, in the order asked, and works on so many per connection at a time. */
function worksOn(most: number): ScenarioOptions["script"] {
  const free = new WeakMap<UpstreamConnection, { count: number; waiting: (() => void)[] }>();
  return async (query: Query, upstream: ScriptedUpstream) => {
    const { connection } = query;
    const room = free.get(connection) ?? { count: most, waiting: [] };
    free.set(connection, room);
    if (--room.count < 0) await new Promise<void>((resolve) => room.waiting.push(resolve));
    await upstream.delay(DELAY);
    room.count++;
    room.waiting.shift()?.();
    await query.answer();
  };
}

/**
 * Asks distinct questions, all at once, and sees that each is answered. Over TCP: the socket of one UDP client has
 * no room for so many replies.
 */
async function askAll(scenario: Scenario): Promise<void> {
  const queries = numberedNames(QUESTIONS).map((name) => buildQuery(name));
  const clients = [await scenario.tcp(), await scenario.tcp()];
  const half = QUESTIONS / clients.length;
  await Promise.all(clients.map(async (client, at) => {
    const part = queries.slice(at * half, (at + 1) * half);
    const replies = await exchange(client, part);
    part.forEach((query, i) => assertAnswered(query, replies[i]));
  }));
}

Deno.test("Forwarder opens up to four connections to an upstream that works on 10 queries at a time on each (RFC 7766, 6.2.2; DOT-06)", async () => {
  await using scenario = await startScenario({ script: worksOn(10) });
  await askAll(scenario);
  const { connections, mostSends } = scenario.upstream;
  assertGreater(connections.length, 1);
  assert(connections.length <= 4, `${connections.length} connections`);
  assertLessOrEqual(mostSends, 2);
});

Deno.test("Forwarder opens no more connections than --limit upstream-connections says", async () => {
  const args = ["--limit", "upstream-connections=2"];
  await using scenario = await startScenario({ script: worksOn(20), args });
  await askAll(scenario);
  assertEquals(scenario.upstream.connections.length, 2);
});

Deno.test("Forwarder keeps to one connection to an upstream that works on everything at a time (DOT-06)", async () => {
  await using scenario = await startScenario({ script: worksOn(Infinity) });
  await askAll(scenario);
  assertEquals(scenario.upstream.connections.length, 1);
});
