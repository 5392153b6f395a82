/** Forwarders that ask each other in a circle (Q12; RFC 5625 leaves it to common sense). */

import { assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { UdpClient } from "../helpers/client.ts";
import { assertServerFailure } from "../helpers/expect.ts";
import { startProgram } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";

/** Ports that were free a moment ago. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ port: 0 }));
  const ports = listeners.map((listener) => listener.addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

function startAt(port: number, upstreamPort: number) {
  const listen = ["--listen", `127.0.0.1:${port}`];
  return startProgram(["run", ...listen, "--upstream", `tcp://127.0.0.1:${upstreamPort}`], {
    listeners: 1,
  });
}

Deno.test("A question that two forwarders ask each other ends in one SERVFAIL, not in a storm (Q12)", async () => {
  const [onePort, twoPort] = freePorts(2);
  await using one = await startAt(onePort, twoPort);
  await using two = await startAt(twoPort, onePort);
  using client = new UdpClient(one.address);
  const query = buildQuery("loop.example", { edns: true });
  const start = performance.now();
  const reply = await client.ask(query);
  assertServerFailure(query, reply, [23]);
  assertGreaterOrEqual(performance.now() - start, 4000);
  const sent = [await one.summary(), await two.summary()].map((each) => each["sent upstream"]);
  assertLessOrEqual(sent[0] + sent[1], 10);
  assertEquals(client.replies.all.length, 1);
});
