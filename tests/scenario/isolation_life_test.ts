/** Clients that share nothing (`--isolate client`) when there are many, and when connections come and go. */

import { assert, assertEquals, assertGreaterOrEqual, assertMatch } from "@std/assert";
import { askAll, assertApart, withClients } from "../helpers/apart_clients.ts";
import { assertAnswered, assertServerFailure } from "../helpers/expect.ts";
import { RCODE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { waitUntil } from "../helpers/waiting.ts";

Deno.test("Forwarder with --isolate client learns once for all clients that an upstream rejects EDNS options", () =>
  withClients(async ({ program, upstream }, clients) => {
    for (const [at, client] of clients.entries()) {
      const query = buildQuery(`n0.c${at}`);
      assertAnswered(query, await client.ask(query));
    }
    assertEquals(upstream.queries.length, clients.length + 1);
    assertEquals(program.stderr.match(/rejects EDNS options/g)?.length, 1, program.stderr);
    assertApart(upstream);
  }, {
    script: (query) => {
      const isRefused = (query.message.opt?.options.length ?? 0) > 0;
      return query.answer(isRefused ? { rcode: RCODE.FORMERR } : {});
    },
  }));

Deno.test("Forwarder with --limit isolated=2 closes the connection of the client that was quiet longest for a third", () =>
  withClients(async ({ program, upstream }, clients) => {
    const [one, two, three] = clients;
    await one.ask(buildQuery("n0.c0"));
    await two.ask(buildQuery("n0.c1"));
    await one.ask(buildQuery("n1.c0"));
    await three.ask(buildQuery("n0.c2"));
    const open = () => upstream.connections.filter(({ ending }) => ending === undefined);
    await waitUntil(() => open().length === 2, "the end of a connection");
    assertEquals(open().map(({ queries }) => queries[0].name), ["n0.c0", "n0.c2"]);
    assertMatch(program.stderr, /Warning: More than 2 clients at a time/);
    for (const [at, client] of clients.entries()) {
      const query = buildQuery(`n9.c${at}`);
      assertAnswered(query, await client.ask(query));
    }
    assertApart(upstream);
  }, { args: ["--limit", "isolated=2"] }));

Deno.test("Forwarder with --limit isolated=2 refuses a third client while two wait, over UDP and TCP, and says why (RFC 8914)", () => {
  const wait = Promise.withResolvers<void>();
  return withClients(async (scenario, [two, three, one]) => {
    const { upstream } = scenario;
    await two.send(buildQuery("n0.c1"));
    await three.send(buildQuery("n0.c2"));
    await upstream.received(2);
    for (const client of [one, await scenario.tcp()]) {
      const query = buildQuery("n0.c0", { edns: true });
      const reply = await client.ask(query, 1000);
      assertServerFailure(query, reply, [0]);
      const [{ text }] = reply.extendedErrors;
      assertEquals(text, "no upstream connection of its own is free for this client");
    }
    assertEquals([upstream.queries.length, upstream.connections.length], [2, 2]);
    wait.resolve();
    for (const client of [two, three]) assertEquals((await client.next()).rcode, RCODE.NOERROR);
    assertEquals((await one.ask(buildQuery("n1.c0"))).rcode, RCODE.NOERROR);
    assertEquals((await scenario.program.summary()).failed, 2);
    assertApart(upstream);
  }, {
    script: (query) => wait.promise.then(() => query.answer()),
    args: ["--limit", "isolated=2"],
  }, ["127.0.0.2", "127.0.0.3", "127.0.0.1"]);
});

Deno.test("Forwarder with --isolate client renews the connections of all clients on SIGHUP, mixes none and loses nothing", () =>
  withClients(async ({ program, upstream }, clients) => {
    await askAll(clients, 5);
    upstream.script = (query) => upstream.delay(300).then(() => query.answer());
    const asked = askAll(clients, 5, 1);
    await upstream.received(30);
    program.signal("SIGHUP");
    await waitUntil(() => upstream.handshakes === 6, "new connections");
    await asked;
    await askAll(clients, 5, 2);
    assertApart(upstream);
    assertEquals((await program.summary()).failed, 0);
  }));

Deno.test("Forwarder with --isolate client sends again what was lost with connections, each on its client's own", () =>
  withClients(async ({ program, upstream }, clients) => {
    let cuts = 0;
    upstream.script = async (query) => {
      if (query.indexOnConnection === 10 && cuts++ < 9) await query.connection.reset();
      else await query.answer();
    };
    await askAll(clients, 60);
    assertApart(upstream);
    assertGreaterOrEqual(cuts, 3);
    const { failed, resent } = await program.summary();
    assert(failed === 0 && resent > 0, `${failed} failed, ${resent} sent again`);
  }));

Deno.test("Forwarder with --isolate client recovers for every client after the upstream was gone, and logs once that it was", () =>
  withClients(async ({ program, upstream }, clients) => {
    await askAll(clients, 2);
    await upstream.refuse();
    for (const connection of upstream.connections) await connection.reset();
    const asked = askAll(clients, 2, 1);
    const refused = /Cannot reach upstream .*refused/g;
    await waitUntil(() => refused.test(program.stderr), "a refused attempt");
    upstream.listen();
    await asked;
    await askAll(clients, 2, 2);
    assertApart(upstream);
    assertEquals(program.stderr.match(refused)?.length, 1);
    assertEquals(program.stderr.match(/answers again/g)?.length, 1);
    assertEquals((await program.summary()).failed, 0);
  }));

Deno.test("Forwarder with --isolate client ends as asked with queries of several clients in flight", () =>
  withClients(async (scenario, clients) => {
    scenario.upstream.script = () => {};
    const query = buildQuery("n0.c0", { edns: true });
    for (const client of clients) await client.send(query);
    await scenario.upstream.received(3);
    const exit = scenario.program.stop();
    for (const client of clients) assertServerFailure(query, await client.next(), [14]);
    assertEquals((await exit).code, 0);
    assertEquals(scenario.upstream.connections.every(({ ending }) => ending === "forwarder"), true);
  }));

Deno.test("Forwarder with --isolate client answers a burst of 1,000 queries of one client", () =>
  withClients(
    async ({ program, upstream }, sockets) => {
      await askAll(sockets, 200);
      assertEquals(upstream.queries.length, 1000);
      // One, or as many as may be where the machine is busy and the upstream seems to be.
      assert(upstream.connections.length <= 4, `${upstream.connections.length} connections`);
      const { dropped, failed } = await program.summary();
      assertEquals([dropped, failed], [0, 0]);
    },
    {},
    Array.from({ length: 5 }, () => "127.0.0.1"),
  ));
