/** Clients over UDP, one and many (matrix D). */

import { assert, assertEquals } from "@std/assert";
import { UdpClient } from "../helpers/client.ts";
import { assertAnswered, assertRepliesTo } from "../helpers/expect.ts";
import { FLAG, TYPE } from "../helpers/message.ts";
import { buildQuery, textRecords } from "../helpers/query.ts";
import { sendFromPort } from "../helpers/raw_datagram.ts";
import { type Scenario, startScenario } from "../helpers/scenario.ts";
import { numberedNames } from "../helpers/steady_client.ts";

async function assertStillWorks(scenario: Scenario): Promise<void> {
  for (const client of [scenario.udp(), await scenario.tcp()]) {
    const query = buildQuery(`good-${crypto.randomUUID()}.example`);
    assertAnswered(query, await client.ask(query, 1500));
  }
}

Deno.test("Forwarder answers a query sent three times once and asks the upstream once (Q5; D3)", async () => {
  await using scenario = await startScenario({
    script: (query, upstream) => upstream.delay(1200).then(() => query.answer()),
  });
  const client = scenario.udp();
  const query = buildQuery("again.example");
  for (let i = 0; i < 3; i++) {
    await client.send(query);
    await scenario.upstream.delay(200);
  }
  assertAnswered(query, await client.next());
  const last = buildQuery("last.example");
  assertAnswered(last, await client.ask(last));
  assertEquals(client.replies.all.length, 2);
  assertEquals(scenario.upstream.sends("again.example"), 1);
});

Deno.test("Forwarder asks once for 100 clients with one question; each gets its own ID, case and size (RFC 5452, 5; MATCH-03; D4)", async () => {
  await using scenario = await startScenario({
    script: async (query, upstream) => {
      await upstream.delay(500);
      await query.answer({ answers: textRecords(query.name, 700) });
    },
  });
  const queries = Array.from({ length: 100 }, (_, i) => {
    const name = i % 2 ? "Same.Example" : `${"same".slice(0, i % 4)}${"SAME".slice(i % 4)}.example`;
    return buildQuery(name, { type: TYPE.TXT, edns: i % 3 === 0 });
  });
  const replies = await Promise.all(queries.map((query) => scenario.udp().ask(query)));
  for (const [i, query] of queries.entries()) {
    assertRepliesTo(query, replies[i]);
    assertEquals(Boolean(replies[i].flags & FLAG.TC), i % 3 !== 0, "TC without EDNS");
    assertEquals(replies[i].answers.length, i % 3 === 0 ? 1 : 0);
  }
  assertEquals(scenario.upstream.queries.length, 1);
});

Deno.test("Forwarder joins a client that asks again from another port with another ID (MATCH-03; Q5; D4)", async () => {
  await using scenario = await startScenario({
    script: (query, upstream) => upstream.delay(600).then(() => query.answer()),
  });
  const asked = Array.from({ length: 3 }, async (_, i) => {
    await scenario.upstream.delay(150 * i);
    const query = buildQuery("retry.example");
    assertAnswered(query, await scenario.udp().ask(query));
  });
  await Promise.all(asked);
  assertEquals(scenario.upstream.queries.length, 1);
});

Deno.test("Forwarder asks separately with DO and without, with CD and without (RFC 4035, 3.2; D5)", async () => {
  await using scenario = await startScenario({
    script: (query, upstream) => upstream.delay(200).then(() => query.answer()),
  });
  const queries = [0, FLAG.CD].flatMap((flag) =>
    [false, true].map((dnssecOk) =>
      buildQuery("same.example", { flags: FLAG.RD | flag, edns: { dnssecOk } })
    )
  );
  const replies = await Promise.all(queries.map((query) => scenario.udp().ask(query)));
  for (const [i, query] of queries.entries()) {
    assertAnswered(query, replies[i]);
    assertEquals(replies[i].opt?.dnssecOk, i % 2 === 1);
    assertEquals(replies[i].flags & FLAG.CD, i < 2 ? 0 : FLAG.CD);
  }
  assertEquals(scenario.upstream.queries.length, 4);
});

/** One query from each of 1,000 sockets, as fast as they can be sent. */
async function burst(scenario: Scenario): Promise<[UdpClient, Uint8Array][]> {
  const asked = numberedNames(1000).map((name): [UdpClient, Uint8Array] => [
    scenario.udp(),
    buildQuery(name),
  ]);
  await Promise.all(asked.map(([client, query]) => client.send(query)));
  return asked;
}

async function unanswered(asked: [UdpClient, Uint8Array][]): Promise<[UdpClient, Uint8Array][]> {
  await Promise.all(asked.map(([client]) => client.replies.atLeast(1, 5000)));
  return asked.filter(([client]) => client.replies.all.length === 0);
}

Deno.test("Forwarder that takes datagrams one by one answers what it receives of a burst of 1,000 queries, and the rest when clients ask again as stubs do (D7)", async () => {
  await using scenario = await startScenario({ args: ["--udp-io", "plain"] });
  const asked = await burst(scenario);
  let left = await unanswered(asked);
  const { received, answered } = await scenario.program.summary();
  assertEquals([received, answered], [1000 - left.length, 1000 - left.length]);
  for (let round = 0; round < 2; round++) {
    await Promise.all(left.map(([client, query]) => client.send(query)));
    left = await unanswered(left);
  }
  assertEquals(left.length, 0);
  for (const [client, query] of asked) assertAnswered(query, client.replies.all[0].message);
  await assertStillWorks(scenario);
});

Deno.test("Forwarder answers every query of a burst of 1,000 from 1,000 sockets at the first attempt (D7)", async () => {
  await using scenario = await startScenario();
  assertEquals((await unanswered(await burst(scenario))).length, 0);
});

Deno.test("Forwarder is silent under a flood of 10,000 responses (MSG-03; D19)", async () => {
  await using scenario = await startScenario();
  const client = scenario.udp();
  const response = buildQuery("flood.example", { flags: FLAG.QR | FLAG.RD });
  for (let i = 0; i < 10_000; i++) await client.send(response);
  const other = scenario.udp();
  const query = buildQuery("after-the-flood.example");
  for (let round = 0; round < 10 && other.replies.all.length === 0; round++) {
    await other.send(query);
    await other.replies.atLeast(1, 200);
  }
  assertAnswered(query, await other.next());
  assertEquals(client.replies.all.length, 0);
  assertEquals(scenario.upstream.sends("flood.example"), 0);
});

Deno.test("Forwarder drops queries from port 0 and from its own address (ACL-02; Q9; D19)", async () => {
  await using scenario = await startScenario();
  const { port } = scenario.program.address;
  for (const sourcePort of [0, port]) {
    const sent = sendFromPort(sourcePort, port, buildQuery(`from${sourcePort}.example`));
    if (!sent) return console.log("Raw sockets are not permitted here");
  }
  await assertStillWorks(scenario);
  assert(scenario.upstream.queries.every((query) => query.name.startsWith("good-")));
});

Deno.test("Forwarder replies from the address that was asked (RFC 2181, 4.1; MSG-17; D27)", async () => {
  await using scenario = await startScenario({ listen: ["127.0.0.2:0", "127.0.0.3:0", "[::1]:0"] });
  assertEquals(scenario.program.addresses.map((address) => address.hostname), [
    "127.0.0.2",
    "127.0.0.3",
    "::1",
  ]);
  for (const address of scenario.program.addresses) {
    const client = scenario.udp(address);
    const query = buildQuery(`at-${address.port}.example`);
    assertAnswered(query, await client.ask(query));
    const from = client.replies.all[0].from as Deno.NetAddr;
    assertEquals([from.hostname, from.port], [address.hostname, address.port]);
  }
});

Deno.test("Forwarder serves a client that went away as well as any other (MSG-01)", async () => {
  await using scenario = await startScenario({
    script: (query, upstream) => upstream.delay(100).then(() => query.answer()),
  });
  const gone = new UdpClient(scenario.program.address);
  for (const name of numberedNames(50)) await gone.send(buildQuery(name));
  await scenario.upstream.received(50);
  gone.close();
  await scenario.upstream.delay(150);
  const query = buildQuery("after.example");
  assertAnswered(query, await scenario.udp().ask(query));
});
