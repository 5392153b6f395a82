/** The program itself stands still for a while, as on a machine that has no time for it, or by a signal. */

import { assertEquals } from "@std/assert";
import { exchange } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { buildQuery } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

const COUNT = 20;
/** Longer than any query may wait. */
const STANDSTILL = 5000;

function queriesOf(prefix: string): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: COUNT }, (_, index) => buildQuery(`${prefix}${index}.example`));
}

Deno.test("Forwarder that was stopped for seconds answers what was in flight and what was asked meanwhile (Q23)", async () => {
  const { promise: stopped, resolve: isStopped } = Promise.withResolvers<void>();
  await using scenario = await startScenario({
    script: async (query) => {
      await stopped;
      await query.answer();
    },
  });
  const { program, upstream } = scenario;
  const before = queriesOf("before");
  const meanwhile = queriesOf("meanwhile");
  const [first, second] = [scenario.udp(), scenario.udp()];
  const inFlight = exchange(first, before);
  await upstream.received(COUNT);
  program.signal("SIGSTOP");
  isStopped();
  const asked = exchange(second, meanwhile);
  const start = performance.now();
  await waitUntil(() => performance.now() - start >= STANDSTILL, "the time", 2 * STANDSTILL);
  program.signal("SIGCONT");
  (await inFlight).forEach((reply, index) => assertAnswered(before[index], reply));
  (await asked).forEach((reply, index) => assertAnswered(meanwhile[index], reply));
  assertEquals(upstream.connections.length, 1);
});
