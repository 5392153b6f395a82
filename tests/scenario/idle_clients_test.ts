/** Connections of clients that say too little (RFC 7766, 6.2.3; matrix D). */

import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import type { TcpClient } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { frame } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { type Scenario, startScenario } from "../helpers/scenario.ts";
import { PATIENCE, within } from "../helpers/waiting.ts";

const IDLE_LIMIT = 10_000;
const TOLERANCE = 1000;

/** One octet per second of a query that is never whole. */
async function sendSlowly(client: TcpClient, scenario: Scenario): Promise<void> {
  for (const octet of frame(buildQuery("slow.loris.example")).subarray(0, 20)) {
    await client.sendRaw(Uint8Array.of(octet)).catch(() => {});
    const second = scenario.upstream.delay(1000);
    if (await Promise.race([client.ended, second]) !== undefined) return;
  }
}

async function assertClosedWhenIdle(client: TcpClient, since: number, what: string): Promise<void> {
  await within(client.ended, IDLE_LIMIT + PATIENCE, `end of the connection of ${what}`);
  const age = performance.now() - since;
  assertGreaterOrEqual(age, IDLE_LIMIT - TOLERANCE, what);
}

Deno.test("Forwarder closes connections without a whole query after ten seconds, however slowly octets drip, and serves all others (RFC 7766, 6.2.3; TCP-06, TCP-07; D13, D17)", async () => {
  await using scenario = await startScenario();
  const start = performance.now();
  const silent = await scenario.tcp();
  const partial = await scenario.tcp();
  await partial.sendRaw(Uint8Array.of(0, 40, 1, 2, 3));
  const drips = await Promise.all(Array.from({ length: 20 }, () => scenario.tcp()));
  const dripping = drips.map((client) => sendSlowly(client, scenario));
  const active = await scenario.tcp();
  const first = buildQuery("first.example");
  assertAnswered(first, await active.ask(first));

  await scenario.upstream.delay(9000 - (performance.now() - start));
  const late = buildQuery("after-nine-seconds.example");
  assertAnswered(late, await active.ask(late), "nine seconds idle are allowed");
  const lateAt = performance.now();

  await assertClosedWhenIdle(silent, start, "a silent client");
  await assertClosedWhenIdle(partial, start, "a client with half a query");
  for (const client of drips) await assertClosedWhenIdle(client, start, "a dripping client");
  const other = buildQuery("other.example");
  assertAnswered(other, await scenario.udp().ask(other));
  await assertClosedWhenIdle(active, lateAt, "a client that asked last after nine seconds");
  await Promise.all(dripping);
  assertEquals(scenario.upstream.queries.length, 3);
});
