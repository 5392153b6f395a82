/** Clients over TCP (RFC 7766; matrix D; protocol design, 1.2). */

import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { exchange } from "../helpers/client.ts";
import { OPTION, textOption } from "../helpers/edns.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { concatenated, frame, type Message, RCODE } from "../helpers/message.ts";
import { buildQuery, textRecords } from "../helpers/query.ts";
import { type Scenario, type ScenarioOptions, startScenario } from "../helpers/scenario.ts";
import { numberedNames } from "../helpers/steady_client.ts";

const CONNECTIONS_PER_CLIENT = 32;

function delayed(ms: number): ScenarioOptions {
  return { script: (query, upstream) => upstream.delay(ms).then(() => query.answer()) };
}

async function assertStillWorks(scenario: Scenario): Promise<void> {
  for (const client of [scenario.udp(), await scenario.tcp()]) {
    const query = buildQuery(`good-${crypto.randomUUID()}.example`);
    assertAnswered(query, await client.ask(query, 1500));
  }
}

Deno.test("Forwarder serves TCP on every address where it serves UDP, without being told to (RFC 7766, 5; RFC 5625, 4.4.1; TCP-01)", async () => {
  const listen = ["127.0.0.1:0", "127.0.0.2:0", "[::1]:0"];
  await using scenario = await startScenario({ listen });
  const { addresses } = scenario.program;
  assertEquals(addresses.map(({ hostname }) => hostname), ["127.0.0.1", "127.0.0.2", "::1"]);
  for (const address of addresses) {
    for (const client of [scenario.udp(address), await scenario.tcp(address)]) {
      const query = buildQuery(`at-${address.port}.example`);
      assertAnswered(query, await client.ask(query), address.hostname);
    }
  }
});

Deno.test("Forwarder puts together queries that come octet by octet (RFC 7766, 8; TCP-04; D9)", async () => {
  await using scenario = await startScenario();
  const client = await scenario.tcp();
  const query = buildQuery("octets.example", { edns: true });
  for (const octet of frame(query)) {
    await client.sendRaw(Uint8Array.of(octet));
    await scenario.upstream.delay(2);
  }
  assertAnswered(query, await client.next());
});

Deno.test("Forwarder answers equal queries of one write in the order in which they came", async () => {
  await using scenario = await startScenario(delayed(50));
  const client = await scenario.tcp();
  const queries = Array.from({ length: 5 }, () => buildQuery("equal.example"));
  await client.send(...queries);
  for (const query of queries) assertAnswered(query, await client.next());
  assertEquals(scenario.upstream.queries.length, 1);
});

Deno.test("Forwarder puts together queries cut at any octet, also in the length and with half of the next (RFC 7766, 8; TCP-04; D9)", async () => {
  await using scenario = await startScenario();
  const client = await scenario.tcp();
  const whole = frame(buildQuery("whole.example"));
  for (let cut = 1; cut < whole.length; cut++) {
    await client.sendRaw(concatenated([whole, whole.subarray(0, cut)]));
    await client.next();
    await client.sendRaw(whole.subarray(cut));
    assertAnswered(whole.subarray(2), await client.next(), `cut at ${cut}`);
  }
});

Deno.test("Forwarder answers 500 pipelined queries at the same time, then closes after FIN (RFC 7766, 6.2.1.1 and 6.2.4; TCP-02, TCP-09; D10)", async () => {
  const delay = 200;
  await using scenario = await startScenario(delayed(delay));
  const client = await scenario.tcp();
  const queries = numberedNames(500).map((name) => buildQuery(name));
  const replies = exchange(client, queries);
  await scenario.upstream.received(1);
  await client.closeWrite();
  (await replies).forEach((reply, i) => assertAnswered(queries[i], reply));
  assertEquals(await client.closedByServer(), "FIN");
  const [first, ...others] = scenario.upstream.queries.map((query) => query.time);
  const together = others.filter((time) => time < first + delay).length;
  assertGreaterOrEqual(together, 100, "received before the first answer");
});

Deno.test("Forwarder answers over TCP as answers come, not in the order of the queries (RFC 7766, 7; TCP-03)", async () => {
  await using scenario = await startScenario({
    script: (query, upstream) => upstream.delay(parseInt(query.name)).then(() => query.answer()),
  });
  const client = await scenario.tcp();
  await client.send(buildQuery("500.example"), buildQuery("1.example"));
  const order = [await client.next(), await client.next()];
  assertEquals(order.map((reply) => reply.questions[0].name), ["1.example", "500.example"]);
});

Deno.test("Forwarder answers both of two queries with one ID on one connection (TCP-13)", async () => {
  await using scenario = await startScenario(delayed(100));
  const client = await scenario.tcp();
  for (const names of [["a.example", "b.example"], ["c.example", "c.example"]]) {
    await client.send(...names.map((name) => buildQuery(name, { id: 7 })));
    const replies = [await client.next(), await client.next()];
    const answered = replies.map((reply) => [reply.id, reply.questions[0].name]);
    assertEquals(answered.toSorted(), names.map((name) => [7, name]));
  }
});

Deno.test("Forwarder sends length and message in one write (RFC 7766, 8; TCP-05)", async () => {
  await using scenario = await startScenario();
  const client = await scenario.tcp();
  const replies: Message[] = [];
  for (const name of numberedNames(20)) replies.push(await client.ask(buildQuery(name)));
  assertEquals(client.chunkSizes, replies.map((reply) => reply.octets.length + 2));
});

for (const end of ["reset", "close"] as const) {
  Deno.test(`Forwarder drops the replies of a client that leaves by ${end} with 500 queries pending (RFC 7766, 6.2.4; TCP-08; D11)`, async () => {
    await using scenario = await startScenario(delayed(300));
    const client = await scenario.tcp();
    await client.send(...numberedNames(500).map((name) => buildQuery(name)));
    await scenario.upstream.received(100);
    await client[end]();
    await assertStillWorks(scenario);
    assert(!scenario.program.ended);
    assert(!/rror:/.test(scenario.program.stderr), scenario.program.stderr);
  });
}

Deno.test("Forwarder ignores frames shorter than a header and goes on (RFC 1035, 4.2.2; TCP-12)", async () => {
  await using scenario = await startScenario();
  const client = await scenario.tcp();
  for (const length of [0, 11]) {
    await client.send(new Uint8Array(length));
    const query = buildQuery(`after${length}.example`);
    assertAnswered(query, await client.ask(query));
  }
});

Deno.test("Forwarder serves at most 32 connections of one address and any other address besides (RFC 7766, 6.2.2; RFC 9210, 4.2; TCP-11; D14)", async () => {
  await using scenario = await startScenario({ listen: ["127.0.0.1:0", "[::1]:0"] });
  const [v4, v6] = scenario.program.addresses;
  const first: Awaited<ReturnType<Scenario["tcp"]>>[] = [];
  for (let i = 0; i < CONNECTIONS_PER_CLIENT; i++) first.push(await scenario.tcp(v4));
  const ask = () => buildQuery(`c${crypto.randomUUID()}.example`);
  for (const client of first) assertEquals((await client.ask(ask())).rcode, 0);
  for (let i = 0; i < 8; i++) await (await scenario.tcp(v4)).closedByServer();
  for (const client of first) assertEquals((await client.ask(ask())).rcode, 0);
  const other = ask();
  assertAnswered(other, await (await scenario.tcp(v6)).ask(other));
  const datagram = ask();
  assertAnswered(datagram, await scenario.udp(v4).ask(datagram));
});

Deno.test("Forwarder tells its idle timeout over TCP to clients with OPT, never over UDP (RFC 7828, 3.3; KA-01, KA-02; D17)", async () => {
  await using scenario = await startScenario();
  const keepalive = { options: [textOption(OPTION.KEEPALIVE, "")] };
  const stream = await scenario.tcp();
  const asked = await stream.ask(buildQuery("tcp.example", { edns: keepalive }));
  const told = asked.opt?.options.find((option) => option.code === OPTION.KEEPALIVE);
  assertEquals(told?.data.length, 2);
  assert(told !== undefined && told.data[0] * 256 + told.data[1] >= 100, "ten seconds or more");
  const without = await stream.ask(buildQuery("no-opt.example"));
  assertEquals(without.opts, []);
  const datagram = await scenario.udp().ask(buildQuery("udp.example", { edns: keepalive }));
  assertEquals([datagram.rcode, datagram.opt?.options.length], [0, 0]);
});

Deno.test("Forwarder answers FORMERR to a keepalive option with a timeout from a client over TCP (RFC 7828, 3.2.1; KA-02; D17)", async () => {
  await using scenario = await startScenario();
  const edns = { options: [textOption(OPTION.KEEPALIVE, "\x00\x50")] };
  const query = buildQuery("keepalive.example", { edns });
  const reply = await (await scenario.tcp()).ask(query);
  assertEquals([reply.id, reply.rcode], [query[0] * 256 + query[1], RCODE.FORMERR]);
  assertEquals(scenario.upstream.queries.length, 0);
});

Deno.test("Forwarder stops reading from a client that does not read, and serves the others (RFC 7766, 6.2.3; TCP-10)", async () => {
  await using scenario = await startScenario({
    script: (query) => {
      const large = query.name.startsWith("q");
      return query.answer(large ? { answers: textRecords(query.name, 12_000) } : {});
    },
  });
  const greedy = await scenario.tcp(scenario.program.address, false);
  const queries = numberedNames(4000).map((name) => buildQuery(name));
  const sending = greedy.send(...queries).catch(() => {});
  await scenario.upstream.received(200);
  for (let i = 0; i < 10; i++) await assertStillWorks(scenario);
  assertLess(scenario.upstream.queries.length, 3000, "not everything is read");
  await greedy.close();
  await sending;
});
