/** EDNS hop by hop: each hop has its own OPT record (protocol design, 1.3 padding, 1.4, 1.5). */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { exchange } from "../helpers/client.ts";
import { keepalive, OPTION, type Option, optRecord, padding, textOption } from "../helpers/edns.ts";
import { assertAnswered, assertRcode, assertRepliesTo } from "../helpers/expect.ts";
import { buildMessage, FLAG, type Message, parseMessage, RCODE } from "../helpers/message.ts";
import { CLASS, type RecordInput, TYPE } from "../helpers/message.ts";
import { nameOfLength } from "../helpers/name.ts";
import { addressRecord, buildQuery, nextId } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";

/** Options that mean something between two neighbours only, or tell who asks. */
const HOP_OPTIONS: Option[] = [
  textOption(OPTION.NSID, ""),
  { code: OPTION.CLIENT_SUBNET, data: Uint8Array.from([0, 1, 24, 0, 192, 0, 2]) },
  textOption(9, "expi"),
  textOption(OPTION.COOKIE, "12345678"),
  padding(33),
  textOption(13, "\x00"),
  textOption(14, "ab"),
  textOption(18, "\x00"),
  textOption(19, ""),
  textOption(100, "unknown"),
  textOption(65001, "device"),
  textOption(20292, "device"),
];

function codes(message: Message): number[] {
  return message.opt?.options.map((option) => option.code) ?? [];
}

Deno.test("Forwarder pads every query on TLS to a multiple of 128 octets with zeros (RFC 8467, 4.1; PAD-01)", async () => {
  await using scenario = await startScenario();
  const lengths = Array.from({ length: 127 }, (_, i) => 2 * i + 3);
  const queries = lengths.map((length, i) =>
    buildQuery(nameOfLength(length), { edns: i % 3 === 0 ? false : { dnssecOk: i % 3 === 1 } })
  );
  const replies = await exchange(scenario.udp(), queries);
  queries.forEach((query, i) => assertAnswered(query, replies[i]));
  for (const { octets, message } of scenario.upstream.queries) {
    assertEquals(octets.length % 128, 0, `${octets.length} octets`);
    const last = message.opt?.options.at(-1);
    assertEquals(last?.code, OPTION.PADDING);
    assert(last?.data.every((octet) => octet === 0));
  }
});

Deno.test("Forwarder does not pad where the stream is not encrypted (RFC 7830, 6; PAD-01)", async () => {
  await using scenario = await startScenario({ plain: true });
  const query = buildQuery("clear.example", { edns: true });
  assertAnswered(query, await scenario.udp().ask(query));
  assert(!codes(scenario.upstream.queries[0].message).includes(OPTION.PADDING));
});

Deno.test("Forwarder asks for the idle time in every query, encrypted or not, whatever the client asked (RFC 7828, 3.2.1; KA-03, KA-04)", async () => {
  for (const plain of [false, true]) {
    await using scenario = await startScenario({ plain });
    const cases = [false, true, { options: [keepalive()] }];
    for (const [i, edns] of cases.entries()) {
      const query = buildQuery(`idle${i}.example`, { edns });
      const client = await scenario.tcp();
      assertAnswered(query, await client.ask(query));
      const { message } = scenario.upstream.queries[i];
      const asked = message.opt?.options.filter(({ code }) => code === OPTION.KEEPALIVE);
      assertEquals(asked, [keepalive()]);
    }
  }
});

Deno.test("Forwarder sends its own OPT with every query: 1232 octets, version 0, the DO of the client (RFC 6891, 6.2.6; EDNS-01, EDNS-08)", async () => {
  await using scenario = await startScenario();
  const cases = [false, { payloadSize: 4096 }, { payloadSize: 0, dnssecOk: true, flags: 0x40 }];
  for (const [i, edns] of cases.entries()) {
    const query = buildQuery(`opt${i}.example`, { edns });
    assertAnswered(query, await scenario.udp().ask(query));
    const { message } = scenario.upstream.queries[i];
    assertEquals(message.opts.length, 1);
    const { owner, payloadSize, version, dnssecOk, otherFlags, extendedRcode } = message.opts[0];
    assertEquals([owner, payloadSize, version, otherFlags, extendedRcode], [".", 1232, 0, 0, 0]);
    assertEquals(dnssecOk, i === 2, "DO");
  }
});

Deno.test("Forwarder answers a client without OPT without OPT, whatever the upstream sends (RFC 6891, 7; EDNS-02)", async () => {
  await using scenario = await startScenario({
    script: (query) =>
      query.answer({ edns: { options: [textOption(OPTION.EXTENDED_ERROR, "\x00\x04x")] } }),
  });
  for (const client of [scenario.udp(), await scenario.tcp()]) {
    const query = buildQuery("without.example");
    const reply = await client.ask(query);
    assertAnswered(query, reply);
    assertEquals(reply.opts, []);
  }
});

Deno.test("Forwarder answers a client with OPT with one OPT of its own (RFC 6891, 6.1 and 7; EDNS-03, EDNS-06)", async () => {
  await using scenario = await startScenario({
    script: (query) =>
      query.answer({
        edns: query.name.startsWith("none") ? false : { flags: 0x123, payloadSize: 4096 },
      }),
  });
  for (const client of [scenario.udp(), await scenario.tcp()]) {
    for (const name of ["none.example", "some.example"]) {
      for (const dnssecOk of [false, true]) {
        const query = buildQuery(name, { edns: { dnssecOk, flags: 0x40, payloadSize: 999 } });
        const reply = await client.ask(query);
        assertAnswered(query, reply);
        assertEquals(reply.opts.length, 1);
        const { owner, payloadSize, version, otherFlags } = reply.opts[0];
        assertEquals([owner, payloadSize, version, otherFlags], [".", 1232, 0, 0]);
        assertEquals(reply.opts[0].dnssecOk, dnssecOk);
      }
    }
  }
});

Deno.test("Forwarder answers BADVERS to every version but 0, itself (RFC 6891, 6.1.3; EDNS-04)", async () => {
  await using scenario = await startScenario();
  for (const client of [scenario.udp(), await scenario.tcp()]) {
    for (const version of [1, 100, 255]) {
      const query = buildQuery("version.example", { edns: { version } });
      const reply = await client.ask(query);
      assertRcode(query, reply, RCODE.BADVERS);
      assertEquals([reply.headerRcode, reply.opt?.extendedRcode, reply.opt?.version], [0, 1, 0]);
      assertEquals(reply.octets.length <= query.length, true);
    }
  }
  assertEquals(scenario.upstream.queries.length, 0);
});

Deno.test("Forwarder passes on none of the options of a client (RFC 7873, 5; RFC 7871, 11.1; EDNS-10, COOK-01, ECS-01, PAD-02)", async () => {
  await using scenario = await startScenario();
  for (const client of [scenario.udp(), await scenario.tcp()]) {
    const query = buildQuery(`options-${nextId()}.example`, { edns: { options: HOP_OPTIONS } });
    const reply = await client.ask(query);
    assertAnswered(query, reply);
    const answered = codes(reply).filter((code) => code !== OPTION.KEEPALIVE);
    assertEquals(answered, [], "and answers none of them");
  }
  for (const { message } of scenario.upstream.queries) {
    const allowed: number[] = [OPTION.PADDING, OPTION.KEEPALIVE];
    assertEquals(codes(message).filter((code) => !allowed.includes(code)), []);
    const own = message.opt?.options.find((option) => option.code === OPTION.PADDING);
    assertNotEquals(own?.data.length, 33);
  }
});

Deno.test("Forwarder passes on none of the options of the upstream but extended errors (EDNS-10, PAD-02, KA-03)", async () => {
  const theirs = [...HOP_OPTIONS, textOption(OPTION.KEEPALIVE, "\x00\x50")];
  await using scenario = await startScenario({
    script: (query) =>
      query.answer({
        edns: { options: [...theirs, textOption(OPTION.EXTENDED_ERROR, "\x00\x04x")] },
      }),
  });
  const query = buildQuery("options.example", { edns: true });
  const reply = await scenario.udp().ask(query);
  assertAnswered(query, reply);
  assertEquals(codes(reply), [OPTION.EXTENDED_ERROR]);
});

Deno.test("Forwarder tells clients its own idle time, not that of the upstream (RFC 7828, 4; KA-03)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.answer({ edns: { options: [keepalive(77)] } }),
  });
  const client = await scenario.tcp();
  const asking = buildQuery("asking.example", { edns: { options: [keepalive()] } });
  assertEquals((await client.ask(asking)).opt?.options, [keepalive(300)]);
  const silent = buildQuery("silent.example", { edns: true });
  assertEquals((await client.ask(silent)).opt?.options, []);
});

Deno.test("Forwarder ignores options it does not process even when they are malformed (RFC 7873, 5.2.2; RFC 7871, 7.1.2; COOK-01, ECS-01)", async () => {
  await using scenario = await startScenario();
  const odd = [
    textOption(OPTION.COOKIE, "7octets"),
    textOption(OPTION.CLIENT_SUBNET, "\x00\x09\xff\xffx"),
  ];
  for (const option of odd) {
    const query = buildQuery(`odd${option.code}.example`, { edns: { options: [option] } });
    assertAnswered(query, await scenario.udp().ask(query));
  }
});

Deno.test("Forwarder finds OPT wherever it stands among the additional records (RFC 6891, 6.1.1; EDNS-02, EDNS-03)", async () => {
  const others = [addressRecord("glue1.example", 1), addressRecord("glue2.example", 2)];
  await using scenario = await startScenario({
    script: (query) => {
      const additionals = [others[0], optRecord({ options: [padding(100)] }), others[1]];
      return query.answer({ edns: false, additionals });
    },
  });
  for (const edns of [true, false]) {
    const query = buildQuery(`glue-${edns}.example`, { edns });
    const reply = await scenario.udp().ask(query);
    assertAnswered(query, reply);
    assertEquals(reply.opts.length, edns ? 1 : 0);
    assertEquals(reply.additionals.map((record) => record.name), [
      "glue1.example",
      "glue2.example",
    ]);
  }
});

const SIGNATURES: [string, RecordInput][] = [
  ["TSIG", {
    name: "key.example",
    type: TYPE.TSIG,
    class: CLASS.ANY,
    ttl: 0,
    data: new Uint8Array(61).fill(9),
  }],
  ["SIG(0)", { name: ".", type: TYPE.SIG, class: CLASS.ANY, ttl: 0, data: new Uint8Array(50) }],
];

for (const [what, signature] of SIGNATURES) {
  Deno.test(`Forwarder passes on a message with ${what} unchanged but for the ID, both ways (RFC 5625, 4.5; RFC 8945, 5.5; TSIG-01)`, async () => {
    const signedResponse = (query: Message) =>
      buildMessage({
        id: query.id,
        flags: FLAG.QR | FLAG.Z | FLAG.RD,
        questions: query.questions,
        answers: [addressRecord("Signed.Example")],
        additionals: [optRecord({ options: [padding(9)] }), signature],
      });
    await using scenario = await startScenario({
      script: async (_, { queries }) => {
        if (queries.length < 2) return;
        for (const { message, connection } of queries) {
          await connection.send(signedResponse(message));
        }
      },
    });
    const additionals = [optRecord({ options: HOP_OPTIONS }), signature];
    const signed = () => buildQuery("Signed.Example", { flags: FLAG.RD | FLAG.Z, additionals });
    const queries = [signed(), signed()];
    const replies = await exchange(scenario.udp(), queries);
    assertEquals(scenario.upstream.queries.length, 2, "they are not joined");
    for (const [i, query] of queries.entries()) {
      assertEquals(scenario.upstream.queries[i].octets.slice(2), query.slice(2));
      assertRepliesTo(query, replies[i]);
      assertEquals(replies[i].octets.slice(2), signedResponse(parseMessage(query)).slice(2));
    }
  });
}
