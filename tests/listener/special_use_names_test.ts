/** Names that never leave: `resolver.arpa`, by which clients look for a way past us (RFC 9462, 6.4). */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { ResponseRate } from "../../lib/listener/response_rate.ts";
import { OPTION, textOption } from "../helpers/edns.ts";
import { assertRepliesTo } from "../helpers/expect.ts";
import { CLASS, FLAG, type Message, parseMessage, RCODE, TYPE } from "../helpers/message.ts";
import { nameOctets } from "../helpers/name.ts";
import { buildQuery, type QueryInput } from "../helpers/query.ts";
import { QueryLogRecorder } from "./query_log_recorder.ts";
import { KEEPALIVE, tcpTest } from "./tcp_stage.ts";
import { CLIENT, type UdpStage, udpTest } from "./udp_stage.ts";

const DDR = "_dns.resolver.arpa";
const NAMES = [
  DDR,
  "resolver.arpa",
  "_DNS.Resolver.ARPA",
  "a.b.c._dns.resolver.arpa",
  "\\000\\046\\255.resolver.arpa",
  `${"l".repeat(63)}.${"m".repeat(63)}.${"n".repeat(63)}.${"o".repeat(46)}.resolver.arpa`,
];
const ALL_TYPES = [TYPE.A, TYPE.NS, TYPE.SOA, TYPE.AAAA, 43, TYPE.SVCB, 65, TYPE.ANY, 65_399];
const TSIG = { name: "key", type: TYPE.TSIG, data: new Uint8Array(30) };
const SIG0 = { name: ".", type: TYPE.SIG, data: new Uint8Array(30) };

/** Names that are others, though their octets or letters look alike. */
const OTHERS = [
  "xresolver.arpa",
  "x\\008resolver.arpa",
  "resolver\\004arpa",
  "a.resolver.arpa.example",
  "resolver.arpas",
  "arpa",
  ".",
];

/** NOERROR of our own authority, and an SOA record of which clients learn how long that holds. */
function assertNoData(query: Uint8Array, reply: Message, what: string): void {
  assertRepliesTo(query, reply);
  const asked = parseMessage(query);
  const { answers, authorities, additionals, flags, rcode } = reply;
  assertEquals([rcode, answers.length, additionals.length], [RCODE.NOERROR, 0, 0], what);
  const copied = asked.flags & (FLAG.RD | FLAG.CD);
  assertEquals(flags, FLAG.QR | FLAG.AA | FLAG.RA | copied, what);
  const [{ name, type, class: number, ttl, data }] = authorities;
  assertEquals([authorities.length, type, number], [1, TYPE.SOA, CLASS.IN], what);
  assertEquals(name.toLowerCase(), "resolver.arpa", what);
  assertEquals(ttl, new DataView(data.buffer).getUint32(data.length - 4), what);
  assert(ttl > 0 && ttl <= 3600, what);
  const names = [...nameOctets("localhost"), ...nameOctets("nobody.invalid")];
  assertEquals([...data.subarray(0, -20)], names, what);
  assertEquals([reply.opts.length, reply.tailLength], [asked.opts.length, 0], what);
}

async function ask(stage: UdpStage, name: string, input: QueryInput = {}) {
  const query = await stage.ask(input, CLIENT, name);
  return { query, reply: stage.reply };
}

udpTest(
  "A client that looks for the encrypted resolver behind us is told that there is none, and nobody is asked",
  async (stage) => {
    for (const name of NAMES) {
      for (const type of ALL_TYPES) {
        const { query, reply } = await ask(stage, name, { type });
        assertNoData(query, reply, `${name} ${type}`);
      }
    }
    assertEquals(stage.resolver.asked, []);
    assertEquals(stage.counters.special, NAMES.length * ALL_TYPES.length);
    assertEquals([stage.counters.failed, stage.counters.malformed, stage.counters.refused], [
      0,
      0,
      0,
    ]);
  },
);

udpTest(
  "resolver.arpa stays here however it is asked for: flags, EDNS, DO, signatures, TKEY, any class",
  async (stage) => {
    const inputs: QueryInput[] = [
      { flags: 0 },
      { flags: FLAG.CD | FLAG.AD },
      { edns: true },
      { edns: { dnssecOk: true, payloadSize: 0 } },
      { edns: { options: [textOption(OPTION.COOKIE, "12345678"), textOption(65_001, "x")] } },
      { additionals: [TSIG] },
      { additionals: [SIG0], edns: true },
      { type: TYPE.TKEY },
      { class: CLASS.ANY },
      { tail: new Uint8Array(7) },
    ];
    for (const [at, input] of inputs.entries()) {
      const { query, reply } = await ask(stage, DDR, { type: TYPE.SVCB, ...input });
      assertNoData(query, reply, `input ${at}`);
      assertEquals(reply.opt?.dnssecOk, parseMessage(query).opt?.dnssecOk, `input ${at}`);
    }
    assertEquals(stage.resolver.asked, []);
  },
);

udpTest(
  "Names that only look like resolver.arpa, and other classes, are forwarded",
  async (stage) => {
    for (const name of OTHERS) await stage.ask({ type: TYPE.SVCB }, CLIENT, name);
    await stage.ask({ class: CLASS.CH }, CLIENT, DDR);
    const asked = stage.resolver.asked.map((_, at) => stage.asked(at).questions[0].name);
    assertEquals(asked, [...OTHERS, DDR]);
    assertEquals(stage.counters.special, 0);
  },
);

udpTest(
  "resolver.arpa in other words, octet by octet or compressed, is not forwarded",
  async (stage) => {
    const { query, reply } = await ask(stage, "_dns.\\082\\069SOLVE\\114.arpa", {
      type: TYPE.SVCB,
    });
    assertNoData(query, reply, "octets");
    const compressed = buildQuery("resolver.arpa").slice();
    // The root becomes a pointer: in a question there is nothing that it could lead to.
    const end = 12 + nameOctets("resolver.arpa").length - 1;
    await stage.send(Uint8Array.from([...compressed.subarray(0, end), 0xc0, 12, 0, 64, 0, 1]));
    assertEquals(stage.reply.rcode, RCODE.FORMERR);
    assertEquals(stage.resolver.asked, []);
  },
);

const LOG = new QueryLogRecorder();
udpTest(
  "The log of queries says that resolver.arpa was answered here",
  async (stage) => {
    await ask(stage, DDR, { type: TYPE.SVCB });
    const [{ upstream, why, rcode, length }] = LOG.told;
    assertEquals([upstream, why, rcode], [undefined, undefined, RCODE.NOERROR]);
    assertEquals(length, stage.reply.octets.length);
  },
  undefined,
  { queryLog: LOG },
);

udpTest(
  "With --truncate a client comes over TCP for resolver.arpa, too",
  async (stage) => {
    const { reply } = await ask(stage, DDR, { type: TYPE.SVCB });
    assertEquals([reply.flags & FLAG.TC, reply.authorities.length], [FLAG.TC, 0]);
    assertEquals(stage.resolver.asked, []);
  },
  undefined,
  { truncate: true },
);

const SILENT = { debug() {}, info() {}, warning() {}, error() {} };
udpTest(
  "Answers for resolver.arpa count as responses of the client's network, so that nobody is flooded by them",
  async (stage) => {
    const client = { host: "192.168.7.7", port: 4000 };
    for (let count = 0; count < 4; count++) await stage.ask({}, client, DDR);
    const flags = stage.socket.replies.map(({ message }) => message.flags & FLAG.TC);
    assertEquals(flags, [0, 0, 0, FLAG.TC]);
    assertLessOrEqual(stage.reply.octets.length, buildQuery(DDR).length);
    assertEquals([stage.counters.special, stage.counters.limited], [3, 1]);
  },
  "192.168.7.1",
  { rate: new ResponseRate(3, SILENT, 1) },
);

tcpTest(
  "A client over TCP is told the same, in its turn and with the time it may stay",
  {},
  async (stage) => {
    const client = await stage.connect();
    const edns = { options: [textOption(OPTION.KEEPALIVE, "")] };
    const queries = [
      buildQuery("_dns.Resolver.Arpa", { type: TYPE.SVCB, edns }),
      buildQuery("resolver.arpa", { flags: 0 }),
      buildQuery(DDR, { additionals: [TSIG] }),
    ];
    for (const query of queries) {
      await client.send(query);
      assertNoData(query, await client.next(), "TCP");
    }
    await client.send(queries[0]);
    const [option] = (await client.next()).opt?.options ?? [];
    assertEquals([...option.data], [KEEPALIVE / 100 >>> 8, KEEPALIVE / 100 & 0xff]);
    assertEquals([stage.resolver.asked.length, stage.counters.special], [0, 4]);
  },
);
