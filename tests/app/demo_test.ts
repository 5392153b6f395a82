/**
 * The parts of `dnsfwd demo`. In place of the forwarder stands a relay of a few lines, so that the
 * report of a bad run can be provoked; the program itself runs the demo with the real one.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { makeCertificates } from "../../lib/app/demo/certificate.ts";
import { sendQueries } from "../../lib/app/demo/client.ts";
import { measureHandshakes } from "../../lib/app/demo/connection_per_query.ts";
import { type DemoSettings, runDemo } from "../../lib/app/demo/demo.ts";
import { EmbeddedUpstream } from "../../lib/app/demo/embedded_upstream.ts";
import { makeResponse } from "../../lib/app/demo/made_up_answers.ts";
import type { DemoForwarder } from "../../lib/app/demo/measurement.ts";
import { pickPort } from "../../lib/app/demo/port.ts";
import { type DemoFacts, demoReport, isComplete, percentile } from "../../lib/app/demo/report.ts";

const FACTS: DemoFacts = {
  clients: 8,
  udpQueries: 300,
  tcpQueries: 100,
  latencies: Array.from({ length: 400 }, (_, index) => 1 + index / 10),
  duration: 312.4,
  connections: 2,
  handshakes: 2,
  resent: 27,
  cut: { afterAnswers: 200, unanswered: 27, connections: 1 },
  responseDelay: { minimum: 5, maximum: 30 },
  handshakeTimes: [3, 1, 2, 9],
};

Deno.test("demoReport() says what happened and what it would have cost otherwise", () => {
  assertEquals(
    demoReport(FACTS),
    `\
What happened
  queries             400 from 8 clients in 312 ms
                      300 over UDP, 100 over TCP
  answers             400: every query was answered
  upstream            2 connections, 2 handshakes: 1 before the cut, 1 after
  cut                 after 200 answers, without a word
                      27 queries had no response yet
  sent again          27 queries
  latency             p50 21 ms, p99 41 ms, max 41 ms
                      (of which the embedded upstream takes 5 to 30 ms)

With a connection for every query it would have been
  handshakes          400 instead of 2
  one handshake       2.0 ms: median of 4 connections made just now
  all of them         800 ms instead of 4.0 ms (no distance on loopback)
  over a network      2 round trips more for every query:
                      at 20 ms each, 40 ms before it can be sent
                      (calculated; the rest was measured here)`,
  );
});

Deno.test("demoReport() fits 80 columns and is ASCII", () => {
  const lines = demoReport(FACTS).split("\n");
  assert(lines.every((line) => /^[ -~]{0,80}$/.test(line)));
});

Deno.test("demoReport() does not hide unanswered queries", () => {
  const facts = { ...FACTS, latencies: [20], connections: 1, resent: 1, cut: undefined };
  const report = demoReport(facts);
  assertStringIncludes(report, "1: 399 queries NOT ANSWERED");
  assertStringIncludes(report, "1 connection, 2 handshakes\n");
  assertStringIncludes(report, "cut                 never");
  assertStringIncludes(report, "sent again          1 query\n");
  assert(!isComplete(facts));
  assert(!demoReport({ ...FACTS, latencies: [] }).includes("NaN"));
});

Deno.test("demoReport() explains why more was sent again than the upstream had waiting", () => {
  const line = "28 queries: those, and what was on its way";
  assertStringIncludes(demoReport({ ...FACTS, resent: 28 }), line);
});

Deno.test("percentile() is the nearest rank", () => {
  const cases: [number[], number, number][] = [
    [[7], 0.5, 7],
    [[4, 1, 3, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.99, 4],
    [[5, 1, 3], 0, 1],
    [[], 0.5, NaN],
  ];
  for (const [values, portion, expected] of cases) {
    assertEquals(percentile(values, portion), expected);
  }
});

const HEADER_OF_QUERY = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
const HEADER_OF_QUERY_WITH_OPT = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
const NAME = [1, 0x41, 2, 0x62, 0x63, 0]; // A.bc.
const OPT = [0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0];

Deno.test("makeResponse() answers A with an address kept for documentation (RFC 5737)", () => {
  const query = Uint8Array.from([...HEADER_OF_QUERY, ...NAME, 0, 1, 0, 1]);
  const response = [...makeResponse(query, "")];
  assertEquals(response.slice(0, 12), [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  assertEquals(response.slice(12, 22), [...NAME, 0, 1, 0, 1]);
  assertEquals(response.slice(22, 37), [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2]);
  assertEquals(response.length, 38);
  assertEquals([...makeResponse(query, "")], response);
});

Deno.test("makeResponse() explains itself in TXT and keeps OPT for queries with EDNS", () => {
  const query = Uint8Array.from([...HEADER_OF_QUERY_WITH_OPT, ...NAME, 0, 16, 0, 1, ...OPT]);
  const response = makeResponse(query, "query 7");
  const text = new TextDecoder().decode(response);
  assertStringIncludes(text, "\u0007query 7");
  assertEquals([...response.slice(4, 12)], [0, 1, 0, 1, 0, 0, 0, 1]);
  assertEquals([...response.slice(-11)], [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
  assert(response.length <= 512);
});

Deno.test("makeResponse() has an RCODE and counts for every kind of query", () => {
  const cases: [string, number[], number, number[]][] = [
    ["AAAA", [...HEADER_OF_QUERY, ...NAME, 0, 28, 0, 1], 0, [0, 1, 0, 1, 0, 0]],
    ["MX: no data, SOA", [...HEADER_OF_QUERY, ...NAME, 0, 15, 0, 1], 0, [0, 1, 0, 0, 0, 1]],
    ["class CH", [...HEADER_OF_QUERY, ...NAME, 0, 16, 0, 3], 5, [0, 1, 0, 0, 0, 0]],
    ["cut short", [...HEADER_OF_QUERY, ...NAME, 0], 1, [0, 0, 0, 0, 0, 0]],
    ["NOTIFY", [0, 1, 0x20, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1], 4, [0, 1, 0, 0, 0, 0]],
  ];
  for (const [what, query, rcode, counts] of cases) {
    const response = makeResponse(Uint8Array.from(query), "");
    assertEquals(response[3] & 0x0f, rcode, what);
    assertEquals([...response.slice(4, 10)], counts, what);
  }
});

Deno.test("EmbeddedUpstream is verified by name and chain, and counts", async () => {
  const certificates = await makeCertificates("dns.example");
  const upstream = await EmbeddedUpstream.open(certificates);
  const { address } = upstream;
  const { authority } = certificates;
  const times = await measureHandshakes({ address, serverName: "dns.example", authority }, 3);
  assertEquals(times.length, 3);
  assert(times.every((milliseconds) => milliseconds > 0));
  assertEquals(upstream.counts(), { connections: 3, handshakes: 3, queries: 3 });
  const otherAuthority = (await makeCertificates("dns.example")).authority;
  for (
    const wrong of [
      { address, serverName: "other.example", authority },
      { address, serverName: "dns.example", authority: otherAuthority },
    ]
  ) {
    await assertRejects(() => measureHandshakes(wrong, 1), Deno.errors.InvalidData);
  }
  await upstream.close();
});

Deno.test("EmbeddedUpstream.cutConnections() says how many queries it leaves unanswered", async () => {
  const certificates = await makeCertificates("dns.example");
  const upstream = await EmbeddedUpstream.open(certificates);
  const connection = await connect(upstream.address, certificates.authority);
  const query = [...HEADER_OF_QUERY, ...NAME, 0, 1, 0, 1];
  await connection.write(Uint8Array.from([0, query.length, ...query, 0, query.length, ...query]));
  while (upstream.counts().queries < 2) await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(upstream.cutConnections(), 2);
  await assertRejects(() => connection.read(new Uint8Array(512)));
  connection.close();
  await upstream.close();
});

Deno.test("sendQueries() counts only a proper reply to the question as an answer", async () => {
  const lies: [string, (query: Uint8Array) => Uint8Array][] = [
    ["another ID", (query) => changed(makeResponse(query, ""), 1, 0xff)],
    ["another name", (query) => changed(makeResponse(query, ""), 13, 0x7a)],
    ["the query itself", (query) => query],
    ["SERVFAIL", (query) => changed(makeResponse(query, ""), 3, 0x82)],
    ["too short", (query) => query.subarray(0, 5)],
  ];
  for (const [what, lie] of lies) {
    const forwarder = relay(lie);
    const queries = [{ name: "host.example.", type: 1 }];
    const options = { concurrency: 1, timeoutMilliseconds: 30 };
    const exchanges = await sendQueries("UDP", forwarder.addresses[0], queries, options);
    assertEquals(exchanges.map(({ answered }) => answered), [false], what);
    await forwarder.stop();
  }
});

Deno.test("pickPort() takes another port where the preferred one is in use", () => {
  const preferred = pickPort(0);
  assertEquals(pickPort(preferred), preferred);
  const address = { hostname: "127.0.0.1", port: preferred };
  {
    using _inUse = Deno.listen(address);
    assert(pickPort(preferred) !== preferred);
  }
  const socket = Deno.listenDatagram({ transport: "udp", ...address });
  assert(pickPort(preferred) !== preferred);
  socket.close();
});

Deno.test("runDemo() reports and returns 0 with once if every query was answered", async () => {
  const lines: string[] = [];
  const print = (text: string) => void lines.push(text);
  const code = await runDemo(relayTo, { once: true, print });
  assertStringIncludes(lines.join("\n"), "400: every query was answered");
  assertEquals(code, 0);
});

Deno.test("runDemo() returns 1 with once if a query was not answered", async () => {
  let left = 3;
  const spoil = (query: Uint8Array) =>
    left-- > 0 ? changed(makeResponse(query, ""), 3, 0x82) : makeResponse(query, "");
  const lines: string[] = [];
  const print = (text: string) => void lines.push(text);
  const code = await runDemo(() => Promise.resolve(relay(spoil)), { once: true, print });
  assertStringIncludes(lines.join("\n"), "397: 3 queries NOT ANSWERED");
  assertEquals(code, 1);
});

Deno.test({
  name: "runDemo() stays up, says how to try it, and ends with 0 on a signal",
  ignore: Deno.build.os === "windows",
  async fn() {
    let text = "";
    const print = (line: string) => {
      text += line;
      if (line.includes("Ctrl-C")) Deno.kill(Deno.pid, "SIGTERM");
    };
    let port = 0;
    const start = () => {
      const forwarder = relay((query) => makeResponse(query, ""));
      port = forwarder.addresses[0].port;
      return Promise.resolve(forwarder);
    };
    assertEquals(await runDemo(start, { once: false, print }), 0);
    assertStringIncludes(text, `dig @127.0.0.1 -p ${port} example.org`);
  },
});

type Answerer = (query: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Over a connection of its own for every query: not what the forwarder does, but it answers. */
function relayTo(settings: DemoSettings): Promise<DemoForwarder> {
  const forwarder = relay(async (query) => {
    using connection = await connect(settings.upstream, settings.authority);
    await connection.write(Uint8Array.from([0, query.length, ...query]));
    const buffer = new Uint8Array(2048);
    const count = await connection.read(buffer).catch(() => null);
    return count === null ? makeResponse(query, "") : buffer.slice(2, count);
  });
  return Promise.resolve(forwarder);
}

function relay(answer: Answerer): DemoForwarder {
  const [hostname, port] = ["127.0.0.1", pickPort(0)];
  const listener = Deno.listen({ hostname, port });
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
  const ends = [relayDatagrams(socket, answer), relayStreams(listener, answer)];
  return {
    addresses: [{ hostname, port }],
    summary: () => ({ resent: 0 }),
    async stop() {
      socket.close();
      listener.close();
      await Promise.all(ends);
    },
  };
}

async function relayDatagrams(socket: Deno.DatagramConn, answer: Answerer): Promise<void> {
  const replies: Promise<unknown>[] = [];
  for await (const [query, peer] of socket) {
    replies.push(Promise.resolve(answer(query)).then((reply) => socket.send(reply, peer)));
  }
  await Promise.all(replies);
}

async function relayStreams(listener: Deno.Listener, answer: Answerer): Promise<void> {
  const streams: Promise<void>[] = [];
  for await (const connection of listener) streams.push(relayStream(connection, answer));
  await Promise.all(streams);
}

/** One query after the other; expects whole messages, as the demo's client sends them. */
async function relayStream(connection: Deno.Conn, answer: Answerer): Promise<void> {
  const buffer = new Uint8Array(4096);
  for (let count; (count = await connection.read(buffer)) !== null;) {
    for (let at = 0; at < count; at += 2 + buffer[at + 1]) {
      const reply = await answer(buffer.slice(at + 2, at + 2 + buffer[at + 1]));
      await connection.write(Uint8Array.from([0, reply.length, ...reply]));
    }
  }
  connection.close();
}

async function connect(
  { hostname, port }: { hostname: string; port: number },
  authority: string,
): Promise<Deno.TlsConn> {
  const tcp = await Deno.connect({ hostname, port });
  tcp.setNoDelay(true);
  return await Deno.startTls(tcp, { hostname: "dns.example", caCerts: [authority] });
}

function changed(octets: Uint8Array, offset: number, value: number): Uint8Array {
  octets[offset] = value;
  return octets;
}
