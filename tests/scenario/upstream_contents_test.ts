/** What responses contain: passed on, judged or refused (matrix C, second half). */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { OPTION, padding } from "../helpers/edns.ts";
import { assertAnswered, assertRcode, assertRepliesTo } from "../helpers/expect.ts";
import { assertSameRecords, assertServerFailure } from "../helpers/expect.ts";
import {
  buildMessage,
  FLAG,
  parseMessage,
  RCODE,
  type RecordInput,
  TYPE,
} from "../helpers/message.ts";
import { nameOfLength } from "../helpers/name.ts";
import { addressRecords, buildQuery, textRecords } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";
import type { Query } from "../helpers/upstream_connection.ts";

/** FORMERR as servers without EDNS send it: a header, nothing else. */
function bareFormatError(query: Query): Promise<void> {
  const flags = FLAG.QR | FLAG.RD | RCODE.FORMERR;
  return query.connection.send(buildMessage({ id: query.message.id, flags }));
}

Deno.test("Forwarder asks once more without OPT after a bare FORMERR and changes nothing for other queries (RFC 6891, 6.2.2; EDNS-09; C8)", async () => {
  await using scenario = await startScenario({
    script: (query) => {
      const refused = query.name === "old.example" && query.message.opt !== undefined;
      return refused ? bareFormatError(query) : query.answer();
    },
  });
  for (const name of ["old.example", "new.example"]) {
    const query = buildQuery(name, { edns: true });
    assertAnswered(query, await scenario.udp().ask(query), name);
  }
  const { upstream } = scenario;
  assertEquals(upstream.queries.map((query) => query.message.opts.length), [1, 1, 0, 1]);
  assert((upstream.queries[3].message.opt?.options.length ?? 0) > 0, "with options");
  assertEquals(upstream.connections.length, 1);
});

Deno.test("Forwarder never passes on FORMERR for a good query: SERVFAIL after two more attempts (EDNS-09; Q13; C8)", async () => {
  await using scenario = await startScenario({ script: bareFormatError });
  const query = buildQuery("formerr.example", { edns: true });
  assertRcode(query, await scenario.udp().ask(query), RCODE.SERVFAIL);
  assertEquals(scenario.upstream.queries.map((query) => query.message.opts.length), [1, 1, 0]);
});

Deno.test("Forwarder keeps DO and asks once per question of an upstream that answers FORMERR to EDNS options, and says so once", async () => {
  await using scenario = await startScenario({
    script: (query) => {
      const isRefused = (query.message.opt?.options.length ?? 0) > 0;
      return isRefused ? query.answer({ rcode: RCODE.FORMERR }) : query.answer();
    },
  });
  const { program, upstream } = scenario;
  for (let count = 1; count <= 5; count++) {
    const query = buildQuery(`n${count}.example`, { edns: { dnssecOk: true } });
    assertAnswered(query, await scenario.udp().ask(query));
    assertEquals(upstream.queries.length, count + 1);
  }
  assert(upstream.queries.every(({ message }) => message.opt?.dnssecOk));
  assertEquals(program.stderr.match(/rejects EDNS options/g)?.length, 1, program.stderr);
  assertEquals(program.stderr.match(/Warning:/g)?.length, 1, program.stderr);
});

/** RCODE of the upstream, RCODE for the client, sends. */
const RCODES: [number, number, number][] = [
  [RCODE.FORMERR, RCODE.SERVFAIL, 3],
  [RCODE.SERVFAIL, RCODE.SERVFAIL, 1],
  [RCODE.NXDOMAIN, RCODE.NXDOMAIN, 1],
  [RCODE.NOTIMP, RCODE.NOTIMP, 1],
  [RCODE.REFUSED, RCODE.REFUSED, 1],
  [RCODE.NOTAUTH, RCODE.NOTAUTH, 1],
  [RCODE.BADVERS, RCODE.SERVFAIL, 2],
  [RCODE.BADCOOKIE, RCODE.SERVFAIL, 1],
];

Deno.test("Forwarder passes on or translates the RCODE of the upstream (Q13; C24)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ rcode: parseInt(query.name), edns: {} }),
  });
  for (const edns of [true, false]) {
    for (const [theirs, ours, sends] of RCODES) {
      const query = buildQuery(`${theirs}.${edns}.example`, { edns });
      const reply = await scenario.udp().ask(query);
      assertRcode(query, reply, ours, `${theirs}`);
      assertEquals(reply.opts.length, edns ? 1 : 0);
      assertEquals(reply.extendedErrors, [], `none is made up for ${theirs}`);
      assertEquals(scenario.upstream.sends(`${theirs}.${edns}.example`), sends, `sends: ${theirs}`);
    }
  }
});

Deno.test("Forwarder passes on NOTIMP each time a client asks for ANY, after one query, or two where the upstream sends no OPT (RFC 8482; RFC 6891, 6.2.2)", async () => {
  await using scenario = await startScenario({
    script: (query) =>
      query.answer({ rcode: RCODE.NOTIMP, edns: query.name === "old.example" ? false : {} }),
  });
  const clients = [scenario.udp(), await scenario.tcp()];
  for (const [name, sends] of [["any.example", 1], ["old.example", 2]] as const) {
    let asked = 0;
    for (const client of clients) {
      for (const edns of [true, false]) {
        const query = buildQuery(name, { type: TYPE.ANY, edns });
        const reply = await client.ask(query);
        assertRcode(query, reply, RCODE.NOTIMP, name);
        assertEquals(reply.extendedErrors, [], name);
        assertEquals(scenario.upstream.sends(name), asked += sends, `sends for ${name}`);
      }
    }
  }
});

Deno.test("Forwarder asks once more without OPT after BADVERS (EDNS-09; C24)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer(query.message.opt ? { rcode: RCODE.BADVERS } : {}),
  });
  const query = buildQuery("badvers.example", { edns: true });
  assertAnswered(query, await scenario.udp().ask(query));
});

Deno.test("Forwarder asks once more for 65,535 octets when a response over the stream has TC (Q25; C23)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer(query.index === 0 ? { moreFlags: FLAG.TC, answers: [] } : {}),
  });
  const query = buildQuery("tc.example", { edns: true });
  assertAnswered(query, await scenario.udp().ask(query));
  const sizes = scenario.upstream.queries.map((query) => query.message.opt?.payloadSize);
  assertEquals(sizes, [1232, 65535]);
});

Deno.test("Forwarder never removes TC (RFC 5625, 4.4; MSG-18; C23)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ moreFlags: FLAG.TC }),
  });
  for (const client of [scenario.udp(), await scenario.tcp()]) {
    const query = buildQuery(`tc-${crypto.randomUUID()}.example`, { edns: true });
    const reply = await client.ask(query);
    assertRepliesTo(query, reply);
    assert(reply.flags & FLAG.TC);
  }
  assertEquals(scenario.upstream.queries.length, 4);
});

/** The octets after the question, which ends at `end`, where one answer is announced. */
const BROKEN: [string, (end: number) => number[]][] = [
  ["a name that points to itself", (end) => [0xc0, end, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]],
  ["a name that points past the end", () => [0xff, 0xff, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]],
  ["data that runs over the end", () => [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 200, 1]],
  ["a record cut short", () => [0xc0, 12, 0, 1]],
  ["an address of five octets", () => [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4, 5]],
  ["fewer records than it says", () => []],
];

for (const [what, broken] of BROKEN) {
  Deno.test(`Forwarder answers SERVFAIL with Invalid Data for a response with ${what} (RFC 8914, 4.25; Q14; C27)`, async () => {
    await using scenario = await startScenario({
      script: (query) => {
        if (query.name === "good.example") return query.answer();
        const bare = { answers: [], edns: false } as const;
        const tail = Uint8Array.from(broken(query.response(bare).length));
        return query.answer({ ...bare, counts: [1, 1], tail });
      },
    });
    const query = buildQuery("broken.example", { edns: true });
    assertServerFailure(query, await scenario.udp().ask(query), [24]);
    const good = buildQuery("good.example");
    assertAnswered(good, await scenario.udp().ask(good));
    assertEquals(scenario.upstream.connections.length, 1);
  });
}

Deno.test("Forwarder delivers a message of 65,535 octets over TCP and TC over UDP (RFC 1035, 4.2.2; TCP-14; C17)", async () => {
  const sized = (query: Query, edns: boolean) => {
    const empty = query.response({ answers: [], edns: edns ? {} : false }).length;
    return query.response({
      answers: textRecords(query.name, 65535 - empty),
      edns: edns ? {} : false,
    });
  };
  await using scenario = await startScenario({
    script: (query) => query.connection.send(sized(query, query.name === "edns.example")),
  });
  for (const name of ["edns.example", "plain.example"]) {
    const query = buildQuery(name, { type: TYPE.TXT, edns: name === "edns.example" });
    const reply = await (await scenario.tcp()).ask(query);
    assertAnswered(query, reply, name);
    assertEquals(reply.octets.length, 65535, name);
    const short = await scenario.udp().ask(query);
    assertRepliesTo(query, short);
    assert(short.flags & FLAG.TC, name);
  }
});

Deno.test("Forwarder delivers 4,000 records over TCP and TC over UDP (C32)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ answers: addressRecords(query.name, 4000) }),
  });
  const query = buildQuery("many.example");
  const reply = await (await scenario.tcp()).ask(query);
  assertAnswered(query, reply);
  assertEquals(reply.answers.length, 4000);
  const short = await scenario.udp().ask(query);
  assert(short.flags & FLAG.TC);
  assertLessOrEqual(short.octets.length, 512);
});

Deno.test("Forwarder strips the padding of the upstream (RFC 7830, 4; PAD-02; C30)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ edns: { options: [padding(468)] } }),
  });
  for (const client of [scenario.udp(), await scenario.tcp()]) {
    const query = buildQuery("padded.example", { edns: { options: [padding(20)] } });
    const reply = await client.ask(query);
    assertAnswered(query, reply);
    assertEquals(reply.opt?.options.filter((option) => option.code === OPTION.PADDING), []);
  }
});

Deno.test("Forwarder passes on every record as it came, compressed or not (RFC 3597, 4; MSG-09, MSG-19; C33)", async () => {
  await using scenario = await startScenario({
    script: (query) =>
      query.answer({
        ...oddRecords(query.name),
        compress: query.index % 2 === 0,
        moreFlags: FLAG.AA,
      }),
  });
  for (const client of [await scenario.tcp(), await scenario.tcp()]) {
    const query = buildQuery("odd.example", { edns: true });
    const reply = await client.ask(query);
    assertRepliesTo(query, reply);
    assert(reply.flags & FLAG.AA);
    const asked = parseMessage(query);
    const { questions } = asked;
    assertSameRecords(
      reply,
      parseMessage(buildMessage({ questions, ...oddRecords(questions[0].name) })),
    );
  }
});

function oddRecords(
  name: string,
): Record<"answers" | "authorities" | "additionals", RecordInput[]> {
  const chain = Array.from({ length: 20 }, (_, i) => ({
    name: i === 0 ? name : `c${i}.${name}`,
    type: TYPE.CNAME,
    ttl: i,
    data: [{ name: `c${i + 1}.${name}` }],
  }));
  const longest = nameOfLength(255);
  const address = {
    name: longest,
    type: TYPE.A,
    class: 77,
    ttl: 0x7fffffff,
    data: new Uint8Array(4),
  };
  const service = {
    name,
    type: TYPE.SVCB,
    data: Uint8Array.from([0, 1, 0, 0xff, 0xfe, 0, 3, 1, 2, 3]),
  };
  const soa = [{ name: "ns.example" }, { name: "me\\046you.example" }, new Uint8Array(20)];
  return {
    answers: [...chain, { name, type: TYPE.DNAME, data: Uint8Array.from([1, 0x61, 0]) }, address],
    authorities: [{ name: "example", type: TYPE.SOA, data: soa }],
    additionals: [service, { name, type: 65280, class: 255, data: new Uint8Array() }],
  };
}

Deno.test("Forwarder passes on AD only to clients that ask for it with AD or DO (RFC 6840, 5.7 and 5.8; VAL-03; C37)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ moreFlags: FLAG.AD }),
  });
  const cases = [
    { name: "neither.example", flags: FLAG.RD, dnssecOk: false, wanted: 0 },
    { name: "ad.example", flags: FLAG.RD | FLAG.AD, dnssecOk: false, wanted: FLAG.AD },
    { name: "do.example", flags: FLAG.RD, dnssecOk: true, wanted: FLAG.AD },
  ];
  for (const { name, flags, dnssecOk, wanted } of cases) {
    const reply = await scenario.udp().ask(buildQuery(name, { flags, edns: { dnssecOk } }));
    assertEquals(reply.flags & FLAG.AD, wanted, name);
  }
});
