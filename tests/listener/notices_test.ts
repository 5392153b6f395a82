/** What the program says of itself in replies: whether it is ready, who it is, that connections end. */

import { assertEquals } from "@std/assert";
import { Notices } from "../../lib/listener/notices.ts";
import { ResponseRate } from "../../lib/listener/response_rate.ts";
import { OPTION, textOption } from "../helpers/edns.ts";
import { assertRepliesTo } from "../helpers/expect.ts";
import { CLASS, type Message, RCODE, TYPE } from "../helpers/message.ts";
import { nameOctets } from "../helpers/name.ts";
import { buildQuery, type QueryInput } from "../helpers/query.ts";
import { KEEPALIVE, tcpTest } from "./tcp_stage.ts";
import { CLIENT, UdpStage } from "./udp_stage.ts";

const NAME = "ready.dnsfwd.internal";
const FAR = { host: "203.0.113.9", port: 4000 };

/** A stage that tells by `NAME`; ready unless there are reasons. */
function test(
  name: string,
  run: (stage: UdpStage, notices: Notices) => Promise<void>,
  options: ConstructorParameters<typeof UdpStage>[1] = {},
): void {
  Deno.test(name, async () => {
    const notices = ready();
    const stage = new UdpStage(options.rate ? "192.0.2.53" : "127.0.0.1", { notices, ...options });
    try {
      await run(stage, notices);
    } finally {
      await stage.end();
    }
  });
}

function ready(): Notices {
  const notices = new Notices();
  notices.tellBy(new Uint8Array(nameOctets(NAME)));
  notices.tellReadiness([]);
  return notices;
}

async function ask(stage: UdpStage, name: string, input: QueryInput = {}): Promise<Message> {
  const query = await stage.ask(input, CLIENT, name);
  const { reply } = stage;
  assertRepliesTo(query, reply);
  return reply;
}

function errorText({ opts: [opt] }: Message): string | undefined {
  const option = opt?.options.find(({ code }) => code === OPTION.EXTENDED_ERROR);
  if (option === undefined) return undefined;
  const code = option.data[0] * 256 + option.data[1];
  return `${code} ${new TextDecoder().decode(option.data.subarray(2))}`;
}

function nsidOf({ opts: [opt] }: Message): string | undefined {
  const option = opt?.options.find(({ code }) => code === OPTION.NSID);
  return option && new TextDecoder().decode(option.data);
}

test("A client that asks whether it is ready gets a TXT record that says ok and is not kept", async (stage) => {
  for (const name of [NAME, "READY.dnsfwd.Internal"]) {
    for (const edns of [false, {}]) {
      const { answers, rcode } = await ask(stage, name, { type: TYPE.TXT, edns });
      assertEquals(rcode, RCODE.NOERROR);
      assertEquals(answers.map(({ class: number, data, ttl, type }) => [type, number, ttl, data]), [
        [TYPE.TXT, CLASS.IN, 0, Uint8Array.of(2, 0x6f, 0x6b)],
      ]);
    }
  }
  assertEquals(stage.resolver.asked, []);
  assertEquals([stage.counters.readiness, stage.counters.failed], [4, 0]);
});

test(
  "A client is told why it is not ready, and that is no failure of a query",
  async (stage, notices) => {
    notices.tellReadiness(["Draining: ends in 3 s", "Listening on no address"]);
    const reply = await ask(stage, NAME, { type: TYPE.TXT, edns: {} });
    assertEquals([reply.rcode, reply.answers], [RCODE.SERVFAIL, []]);
    assertEquals(errorText(reply), "14 Draining: ends in 3 s; Listening on no address");
    const { rcode, opts } = await ask(stage, NAME, { type: TYPE.TXT, edns: false });
    assertEquals([rcode, opts.length], [RCODE.SERVFAIL, 0]);
    assertEquals(stage.counters.failed, 0);
  },
);

test(
  "Nothing that is asked of the name of readiness, or below it, leaves the machine",
  async (stage, notices) => {
    const cases: [string, QueryInput, number][] = [
      [NAME, { type: TYPE.A }, RCODE.NOERROR],
      [NAME, { type: TYPE.AAAA }, RCODE.NOERROR],
      [NAME, { type: 65_399 }, RCODE.NOERROR],
      [`a.b.${NAME}`, { type: TYPE.TXT }, RCODE.NXDOMAIN],
      [`_dns.${NAME}`, { type: TYPE.SVCB }, RCODE.NXDOMAIN],
      [NAME, { type: TYPE.TXT, class: CLASS.CH }, RCODE.REFUSED],
    ];
    for (const [name, input, expected] of cases) {
      const { answers, rcode } = await ask(stage, name, input);
      assertEquals([rcode, answers], [expected, []], `${name} ${input.type}`);
    }
    assertEquals(stage.resolver.asked, []);
    assertEquals((await ask(stage, NAME, { type: TYPE.ANY })).answers.length, 1);
    notices.tellReadiness(["Starting"]);
    assertEquals((await ask(stage, NAME, { type: TYPE.A })).rcode, RCODE.SERVFAIL);
  },
);

test("Names that only look like the one of readiness are forwarded", async (stage) => {
  const others = [
    "dnsfwd.internal",
    "xready.dnsfwd.internal",
    "x\\005ready.dnsfwd.internal",
    "ready.dnsfwd.internals",
    "ready\\006dnsfwd.internal",
    "ready.dnsfwd.internal.example",
  ];
  for (const name of others) await stage.ask({ type: TYPE.TXT }, CLIENT, name);
  assertEquals(stage.resolver.asked.length, others.length);
});

test(
  "Without a name for readiness, or with another, the usual one is a name like any other",
  async (stage, notices) => {
    notices.tellBy(undefined);
    await stage.ask({ type: TYPE.TXT }, CLIENT, NAME);
    notices.tellBy(new Uint8Array(nameOctets("up_")));
    await stage.ask({ type: TYPE.TXT }, CLIENT, `x.${NAME}`);
    assertEquals(stage.resolver.asked.length, 2);
    assertEquals((await ask(stage, "UP_", { type: TYPE.TXT })).answers.length, 1);
  },
);

Deno.test("Who may not ask is not told whether it is ready", async () => {
  const stage = new UdpStage("192.0.2.53", { notices: ready() });
  try {
    await stage.ask({ type: TYPE.TXT }, FAR, NAME);
    assertEquals([stage.reply.rcode, stage.counters.readiness], [RCODE.REFUSED, 0]);
  } finally {
    await stage.end();
  }
});

test(
  "Whether it is ready is told over UDP also where all else is sent to TCP",
  async (stage) => {
    assertEquals((await ask(stage, NAME, { type: TYPE.TXT })).answers.length, 1);
  },
  { truncate: true },
);

const QUIET = { debug() {}, info() {}, warning() {}, error() {} };

test(
  "Questions for readiness count for the rate of a network as others do",
  async (stage) => {
    const from = { host: "192.168.7.7", port: 4000 };
    for (let each = 0; each < 3; each++) await stage.ask({ type: TYPE.TXT }, from, NAME);
    assertEquals([stage.counters.readiness, stage.counters.limited], [1, 2]);
  },
  { rate: new ResponseRate(1, QUIET) },
);

const ASKS_NSID = { edns: { options: [textOption(OPTION.NSID, "")] } };

test(
  "Who asks which instance answers is told, but not in an error, and nobody else is",
  async (stage, notices) => {
    notices.tellIdentity("box 1");
    const respond = async (input: QueryInput, rcode: number) => {
      await stage.ask(input);
      await stage.respond(stage.resolver.asked.length - 1, { rcode, edns: {} });
      return nsidOf(stage.reply);
    };
    assertEquals(await respond(ASKS_NSID, RCODE.NOERROR), "box 1");
    assertEquals(await respond(ASKS_NSID, RCODE.NXDOMAIN), "box 1");
    assertEquals(await respond(ASKS_NSID, RCODE.SERVFAIL), undefined);
    assertEquals(await respond({ edns: {} }, RCODE.NOERROR), undefined);
    assertEquals(await respond({ edns: false }, RCODE.NOERROR), undefined);
    assertEquals(nsidOf(await ask(stage, NAME, { type: TYPE.TXT, ...ASKS_NSID })), "box 1");
    notices.tellReadiness(["Starting"]);
    assertEquals(nsidOf(await ask(stage, NAME, { type: TYPE.TXT, ...ASKS_NSID })), undefined);
    notices.tellIdentity("");
    assertEquals(await respond(ASKS_NSID, RCODE.NOERROR), undefined);
  },
);

const ASKS_KEEPALIVE = { edns: { options: [textOption(OPTION.KEEPALIVE, "")] } };

/** In milliseconds. */
function keepaliveOf({ opts: [opt] }: Message): number | undefined {
  const option = opt?.options.find(({ code }) => code === OPTION.KEEPALIVE);
  return option && (option.data[0] * 256 + option.data[1]) * 100;
}

tcpTest(
  "Clients on streams are told to keep their connections no longer once it is to end",
  {},
  async (stage) => {
    stage.notices.tellBy(new Uint8Array(nameOctets(NAME)));
    stage.notices.tellReadiness([]);
    const client = await stage.connect();
    const ask = async (name: string) => {
      await client.send(buildQuery(name, { type: TYPE.TXT, ...ASKS_KEEPALIVE }));
      const count = stage.resolver.asked.length;
      if (name === NAME) return keepaliveOf(await client.next());
      await stage.asked(count + 1);
      return keepaliveOf(await stage.respond(count, client));
    };
    assertEquals([await ask(NAME), await ask("www.example")], [KEEPALIVE, KEEPALIVE]);
    stage.notices.isEnding = true;
    assertEquals([await ask(NAME), await ask("www.example")], [0, 0]);
    const other = await stage.connect();
    await other.send(buildQuery(NAME, { type: TYPE.TXT, ...ASKS_KEEPALIVE }));
    assertEquals(keepaliveOf(await other.next()), 0);
  },
);
