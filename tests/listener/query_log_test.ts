/** Listeners and a log of queries. */

import { assertEquals } from "@std/assert";
import { failure, OVERLOAD } from "../../lib/resolver/failure.ts";
import { Origin } from "../../lib/resolver/origin.ts";
import { ResponseRate } from "../../lib/listener/response_rate.ts";
import { settled } from "../helpers/fake_clock.ts";
import { parseMessage, RCODE } from "../helpers/message.ts";
import { buildQuery, buildResponse } from "../helpers/query.ts";
import { waitUntil } from "../helpers/waiting.ts";
import { QueryLogRecorder } from "./query_log_recorder.ts";
import { tcpTest } from "./tcp_stage.ts";
import { CAPACITY, UdpStage, udpTest } from "./udp_stage.ts";

const ONE = new Origin("one");
const UDP = { isStream: false, upstream: undefined, why: undefined, duration: 0, rcode: 0 };
const LOG_SILENT = { debug() {}, info() {}, warning() {}, error() {} };

function recorded() {
  const log = new QueryLogRecorder();
  return { log, options: { queryLog: log } };
}

const ANSWERED = recorded();
udpTest(
  "UdpListener tells who asked, how long the reply took, its size, and the upstream",
  async (stage) => {
    await stage.ask({}, { host: "127.0.0.2", port: 4000 });
    stage.clock.advance(25);
    const response = buildResponse(stage.asked(0), { rcode: RCODE.NXDOMAIN });
    stage.resolver.respond(0, response, ONE);
    await settled();
    const length = stage.socket.replies[0].message.octets.length;
    assertEquals(ANSWERED.log.told, [
      { ...UDP, client: "127.0.0.2", length, rcode: RCODE.NXDOMAIN, duration: 25, upstream: "one" },
    ]);
  },
  undefined,
  ANSWERED.options,
);

const FAILED = recorded();
udpTest(
  "UdpListener tells why there was no response, or that it was malformed",
  async (stage) => {
    const text = "upstream one: no reply within 4.5 s";
    await stage.ask();
    stage.resolver.fail(0, failure(RCODE.SERVFAIL, [{ code: 23, text }]), ONE);
    await stage.ask();
    stage.resolver.respond(1, buildResponse(stage.asked(1)).subarray(0, 40), ONE);
    await settled();
    const told = FAILED.log.told.map(({ rcode, why, upstream }) => [rcode, why, upstream]);
    assertEquals(told, [
      [RCODE.SERVFAIL, [{ code: 23, text }], "one"],
      [RCODE.SERVFAIL, [{ code: 24, text: "" }], "one"],
    ]);
  },
  undefined,
  FAILED.options,
);

const LOCAL = recorded();
udpTest(
  "UdpListener tells of what it answers itself, with the whole RCODE",
  async (stage) => {
    await stage.ask({ flags: 4 << 11 });
    await stage.ask({ edns: { version: 1 } });
    await stage.ask({ type: 252 });
    await stage.ask({}, { host: "198.51.100.1", port: 4000 });
    const told = LOCAL.log.told.map(({ rcode, why }) => [rcode, why?.[0].code]);
    assertEquals(told, [
      [RCODE.NOTIMP, 21],
      [RCODE.BADVERS, undefined],
      [RCODE.REFUSED, 21],
      [RCODE.REFUSED, 18],
    ]);
  },
  "192.0.2.1",
  LOCAL.options,
);

const LIMITED = recorded();
udpTest(
  "UdpListener tells of clients that are sent to TCP, and why",
  async (stage) => {
    const from = { host: "10.0.0.1", port: 4000 };
    for (let each = 0; each < 3; each++) await stage.ask({}, from, `n${each}.example`);
    const [{ length, why }] = LIMITED.log.told;
    assertEquals(why, [{ code: 0, text: "too many responses a second: sent to TCP" }]);
    assertEquals(length, stage.socket.replies[0].message.octets.length);
  },
  "192.0.2.1",
  {
    ...LIMITED.options,
    access: { allows: () => true } as never,
    rate: new ResponseRate(1, LOG_SILENT),
  },
);

const FULL = recorded();
udpTest(
  "UdpListener tells of queries for which there is no room, and how long the reply is that says so",
  async (stage) => {
    for (let each = 0; each <= CAPACITY; each++) await stage.ask({}, undefined, `n${each}.example`);
    stage.clock.advance(5);
    stage.resolver.fail(0, OVERLOAD);
    const told = FULL.log.told.map(({ length, why, duration }) => [
      length > 0,
      why?.[0].text,
      duration,
    ]);
    assertEquals(told, [[true, "forwarder overloaded", 0], [true, "forwarder overloaded", 5]]);
  },
  undefined,
  FULL.options,
);

Deno.test("UdpListener.change() has it tell from then on, or no longer", async () => {
  const { log: queryLog } = recorded();
  const stage = new UdpStage();
  const own = { hasPort: () => false } as never;
  const settings = { truncate: true, rate: undefined, own };
  stage.listener.change({ ...settings, queryLog });
  await stage.ask();
  assertEquals(queryLog.told.length, 1);
  stage.listener.change(settings);
  await stage.ask();
  assertEquals(queryLog.told.length, 1);
  await stage.end();
});

tcpTest(
  "TcpListener tells the same of queries over TCP, and of a client that has gone",
  {},
  async (stage) => {
    const { log } = recorded();
    const stream = { idle: 10_000, inFlight: 256, queries: Infinity, lifetime: Infinity };
    stage.listener.change({ stream, keepalive: 30_000, queryLog: log });
    const client = await stage.connect();
    await client.send(buildQuery("www.example"), buildQuery("old.example", { flags: 4 << 11 }));
    await stage.asked(1);
    assertEquals((await client.next()).rcode, RCODE.NOTIMP);
    stage.clock.advance(12);
    const respond = (index: number) => {
      const query = parseMessage(stage.resolver.asked[index].query);
      stage.resolver.respond(index, buildResponse(query), ONE);
    };
    respond(0);
    const { octets } = await client.next();
    await client.send(buildQuery("gone.example"));
    await stage.asked(2);
    client.reset();
    await waitUntil(() => stage.closed === 1, "end of the connection");
    respond(1);
    const told = log.told.map((
      { length, duration, upstream, why },
    ) => [length > 0, duration, upstream, why?.[0].code]);
    const gone = [false, 0, "one", 0];
    assertEquals(told, [[true, 0, undefined, 21], [true, 12, "one", undefined], gone]);
    const [{ length, isStream, client: host }] = log.told.slice(1);
    assertEquals([length, isStream, host], [octets.length, true, "127.0.0.1"]);
  },
);
