/** The basics of messages as clients see them (protocol design, 1.1 and table Q9). */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { type Client, exchange } from "../helpers/client.ts";
import { assertAnswered, assertRcode, assertRepliesTo } from "../helpers/expect.ts";
import {
  oddButGood,
  unanswerable,
  withImpossibleType,
  withMalformedOpt,
  withUnreadableQuestion,
} from "../helpers/malformed.ts";
import { CLASS, FLAG, RCODE, TYPE } from "../helpers/message.ts";
import { nameOfLength } from "../helpers/name.ts";
import { buildQuery } from "../helpers/query.ts";
import { type Scenario, startScenario } from "../helpers/scenario.ts";

async function overBoth(scenario: Scenario, act: (client: Client, over: string) => Promise<void>) {
  await act(scenario.udp(), "over UDP");
  await act(await scenario.tcp(), "over TCP");
}

Deno.test("Forwarder answers each of 1,000 queries with its own ID and question (RFC 1035, 4.1.1; MSG-01)", async () => {
  await using scenario = await startScenario();
  for (let round = 0; round < 10; round++) {
    const queries = Array.from({ length: 100 }, (_, i) => buildQuery(`q${round}-${i}.example`));
    const replies = await exchange(scenario.udp(), queries);
    queries.forEach((query, i) => assertAnswered(query, replies[i]));
  }
});

Deno.test("Forwarder keeps clients apart that use the same ID at the same time (RFC 1035, 4.1.1; MSG-01)", async () => {
  await using scenario = await startScenario({
    script: (query, u) => u.delay(100).then(() => query.answer()),
  });
  const queries = Array.from(
    { length: 20 },
    (_, i) => buildQuery(`same${i}.example`, { id: 4711 }),
  );
  const replies = await Promise.all(queries.map((query) => scenario.udp().ask(query)));
  queries.forEach((query, i) => assertAnswered(query, replies[i]));
});

Deno.test("Forwarder copies RD, sets QR and RA and leaves Z clear (RFC 1035, 4.1.1; RFC 8906, 3.1.3; MSG-02, MSG-11)", async () => {
  await using scenario = await startScenario();
  await overBoth(scenario, async (client, over) => {
    for (const flags of [0, FLAG.RD, FLAG.RD | FLAG.Z, FLAG.CD]) {
      const query = buildQuery(`flags${flags}.example`, { flags });
      const reply = await client.ask(query);
      assertAnswered(query, reply, over);
      assert(reply.flags & FLAG.RA, `RA ${over}`);
      assertEquals(reply.flags & FLAG.Z, 0, `Z ${over}`);
    }
  });
});

Deno.test("Forwarder never answers a response or less than a header (MSG-03, MSG-04; Q9; D1)", async () => {
  await using scenario = await startScenario();
  await overBoth(scenario, async (client, over) => {
    for (const { what, octets } of unanswerable().slice(over === "over TCP" ? 3 : 0)) {
      await client.send(octets);
      const query = buildQuery(`after-${crypto.randomUUID()}.example`);
      assertAnswered(query, await client.ask(query), `after ${what} ${over}`);
    }
  });
  const good = scenario.upstream.queries.every((query) => query.name.startsWith("after-"));
  assert(good, "nothing of it reaches the upstream");
});

Deno.test("Forwarder answers FORMERR without question where it cannot be read (RFC 9619, 4; MSG-05, MSG-06, MSG-07; Q9; D1)", async () => {
  await using scenario = await startScenario();
  await overBoth(scenario, async (client, over) => {
    for (const { what, octets } of withUnreadableQuestion()) {
      const reply = await client.ask(octets);
      assertEquals(reply.id, octets[0] * 256 + octets[1], `ID: ${what} ${over}`);
      assertEquals(reply.flags & (FLAG.QR | FLAG.RD), FLAG.QR | FLAG.RD, `flags: ${what} ${over}`);
      assertEquals(reply.rcode, RCODE.FORMERR, `${what} ${over}`);
      assertEquals(reply.questions, [], `${what} ${over}`);
      assertLessOrEqual(reply.octets.length, octets.length, `${what} ${over}`);
    }
  });
  assertEquals(scenario.upstream.queries.length, 0);
});

const FORMERR = [
  ["a malformed OPT (RFC 6891, 6.1.1; EDNS-05; Q9; D1)", withMalformedOpt],
  ["types that are no questions (MSG-16; Q9; D1)", withImpossibleType],
] as const;

for (const [what, cases] of FORMERR) {
  Deno.test(`Forwarder answers FORMERR, without asking anybody, to ${what}`, async () => {
    await using scenario = await startScenario();
    await overBoth(scenario, async (client, over) => {
      for (const { what, octets } of cases()) {
        const reply = await client.ask(octets);
        assertEquals(reply.id, octets[0] * 256 + octets[1], `ID: ${what} ${over}`);
        assertEquals(reply.rcode, RCODE.FORMERR, `${what} ${over}`);
        assertLessOrEqual(reply.octets.length, octets.length, `${what} ${over}`);
      }
    });
    assertEquals(scenario.upstream.queries.length, 0);
  });
}

Deno.test("Forwarder answers odd but readable queries as any other and passes on the question alone (RFC 5625, 4.1; MSG-11, MSG-13, MSG-14; Q9; D1)", async () => {
  await using scenario = await startScenario();
  await overBoth(scenario, async (client, over) => {
    for (const { what, octets } of oddButGood()) {
      const reply = await client.ask(octets);
      assertEquals(reply.rcode, RCODE.NOERROR, `${what} ${over}`);
      assertEquals(reply.answers.length, 1, `${what} ${over}`);
      assertEquals(reply.flags & FLAG.Z, 0, `Z: ${what} ${over}`);
    }
  });
  for (const { message, name } of scenario.upstream.queries) {
    const others = [message.answers, message.authorities, message.additionals].flat();
    assertEquals([others.length, message.tailLength], [0, 0], name);
    assertEquals(message.flags & ~(FLAG.RD | FLAG.CD | FLAG.AD), 0, `flags of ${name}`);
  }
});

Deno.test("Forwarder answers NOTIMP to every opcode but QUERY (RFC 8906, 3.1.4; MSG-12; D21)", async () => {
  await using scenario = await startScenario();
  await overBoth(scenario, async (client, over) => {
    for (const opcode of [1, 2, 3, 4, 5, 6, 15]) {
      const query = buildQuery("opcode.example", { flags: (opcode << 11) | FLAG.RD });
      const reply = await client.ask(query);
      assertRcode(query, reply, RCODE.NOTIMP, `opcode ${opcode} ${over}`);
      assertLessOrEqual(reply.octets.length, query.length);
    }
  });
  assertEquals(scenario.upstream.queries.length, 0);
});

Deno.test("Forwarder passes on names of 1 and of 255 octets and labels of any octets (RFC 1035, 3.1; RFC 2181, 11; MSG-08)", async () => {
  await using scenario = await startScenario();
  const client = scenario.udp();
  const names = [".", nameOfLength(255), "a\\000b\\046c\\032d\\255e.\\001.example", "a"];
  for (const name of names) {
    const query = buildQuery(name);
    assertAnswered(query, await client.ask(query), name);
  }
  assertEquals(scenario.upstream.queries.map((query) => query.name), names);
});

Deno.test("Forwarder passes on every type and class, those it does not know included (RFC 3597; RFC 5625, 4.3 and 4.5; MSG-10, MSG-16)", async () => {
  const data = crypto.getRandomValues(new Uint8Array(300));
  await using scenario = await startScenario({
    script: (query) => {
      const { name, type, class: klass } = query.message.questions[0];
      return query.answer({ answers: [{ name, type, class: klass, data }] });
    },
  });
  const client = await scenario.tcp();
  const kinds = [
    [65399, CLASS.IN],
    [65399, 77],
    [TYPE.TXT, CLASS.CH],
    [0, CLASS.IN],
    [TYPE.TKEY, CLASS.ANY],
    [TYPE.ANY, CLASS.IN],
    [65535, 65535],
  ];
  for (const [type, klass] of kinds) {
    const query = buildQuery("version.bind", { type, class: klass });
    const reply = await client.ask(query);
    assertRepliesTo(query, reply);
    assertEquals(reply.answers, [{ name: "version.bind", type, class: klass, ttl: 300, data }]);
  }
});

Deno.test("Forwarder answers a query of RD=0 with the answer of the upstream to RD=0 (Q10; D23)", async () => {
  await using scenario = await startScenario();
  const query = buildQuery(".", { type: TYPE.NS, flags: 0 });
  assertRepliesTo(query, await scenario.udp().ask(query));
  assertEquals(scenario.upstream.queries.map(({ message }) => message.flags & FLAG.RD), [0]);
});
