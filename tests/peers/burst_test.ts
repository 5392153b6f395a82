/** Many questions at once to real servers over TLS, each of which does them its own way. */

import { assertEquals, assertGreater, assertLessOrEqual, assertStringIncludes } from "@std/assert";
import { exchange, TcpClient } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import type { Program } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { startDnsdist, startForwarder, startKresd, startUnbound } from "../helpers/real_servers.ts";

const QUESTIONS = 500;
/**
 * dnsdist 1.7 with its defaults takes one question at a time, and of several in one TLS record it
 * forgets the rest until it closes the idle connection 2 s later; then they are asked again.
 */
const PIPELINING = "maxInFlight=1000";

peerTest(["unbound"], "unbound answers 500 questions at once on one connection", async () => {
  await using unbound = await startUnbound();
  await using program = await startForwarder(unbound.port);
  await askAll(program);
  assertEquals((await program.summary()).connections, 1);
});

peerTest(["kresd"], "kresd answers 500 questions at once on one connection", async () => {
  await using kresd = await startKresd();
  await using program = await startForwarder(kresd.port);
  await askAll(program);
  assertEquals((await program.summary()).connections, 1);
});

peerTest(
  ["unbound", "dnsdist"],
  "dnsdist answers 500 questions at once on one connection",
  async () => {
    await using unbound = await startUnbound({ plain: true });
    await using dnsdist = await startDnsdist(unbound.port, { listener: PIPELINING });
    await using program = await startForwarder(dnsdist.port);
    await askAll(program);
    assertEquals((await program.summary()).connections, 1);
  },
);

peerTest(
  ["unbound", "dnsdist"],
  "every question is answered when dnsdist takes one at a time and forgets the rest of a TLS record",
  async () => {
    await using unbound = await startUnbound({ plain: true });
    await using dnsdist = await startDnsdist(unbound.port);
    await using program = await startForwarder(dnsdist.port);
    await askAll(program, 3);
    // Not every burst meets it; once one has, no later one waits for it.
    for (let burst = 0; burst < 10 && !program.stderr.includes("one by one"); burst++) {
      await askAll(program, 30);
    }
    assertStringIncludes(program.stderr, "one by one");
    const { resent } = await program.summary();
    await askAll(program, 30);
    assertEquals((await program.summary()).resent, resent, "dnsdist has forgotten none");
  },
);

peerTest(
  ["unbound", "dnsdist"],
  "every question is answered when dnsdist closes each connection after 50 of them",
  async () => {
    await using unbound = await startUnbound({ plain: true });
    await using dnsdist = await startDnsdist(unbound.port, {
      listener: PIPELINING,
      lines: "setMaxTCPQueriesPerConnection(50)",
    });
    await using program = await startForwarder(dnsdist.port);
    await askAll(program);
    const { connections, failed } = await program.summary();
    assertEquals(failed, 0);
    assertGreater(connections, 1);
    assertLessOrEqual(connections, 2 * QUESTIONS / 50);
  },
);

/** Asks distinct questions, all of them in one write, and sees that each is answered. */
async function askAll(program: Program, count = QUESTIONS): Promise<void> {
  await using client = await TcpClient.connect(program.address);
  const queries = Array.from({ length: count }, (_, i) => buildQuery(`x${i}.many.example`));
  const replies = await exchange(client, queries);
  queries.forEach((query, i) => assertAnswered(query, replies[i], `to question ${i}`));
}
