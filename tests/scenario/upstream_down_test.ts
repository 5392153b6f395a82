/** Upstreams that cannot be reached, and their return (matrix A; extended errors: RFC 8914). */

import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertMatch,
} from "@std/assert";
import { assertServerFailure } from "../helpers/expect.ts";
import { type Message, RCODE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { type Scenario, startScenario, UPSTREAM_NAME } from "../helpers/scenario.ts";
import type { Greeting } from "../helpers/scripted_upstream.ts";
import { PATIENCE, waitUntil, within } from "../helpers/waiting.ts";

const DEADLINE = 4500;
/** Milliseconds by which a timer may be early, and anything late on a busy machine. */
const EARLY = 300;
const LATE = 4000;
/** Milliseconds: shorter than to wait for the deadline, whatever else the machine does. */
const AT_ONCE = 4000;

/** Octets that are no TLS. */
const NO_TLS = new TextEncoder().encode("220 mail.example ESMTP ready\r\n");

interface Timed {
  query: Uint8Array;
  reply: Message;
  duration: number;
}

/** Each question is new, so that nothing is answered from memory. */
async function ask(scenario: Scenario): Promise<Timed> {
  const query = buildQuery(`${crypto.randomUUID()}.example`, { edns: true });
  const client = scenario.udp();
  const start = performance.now();
  const reply = await client.ask(query);
  return { query, reply, duration: performance.now() - start };
}

/** Asks until there is an answer. */
async function untilAnswered(scenario: Scenario): Promise<void> {
  let rcode = -1;
  const asking = async () => {
    while (rcode !== RCODE.NOERROR) {
      rcode = (await ask(scenario)).reply.rcode;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await within(asking(), PATIENCE, "answer after the return of the upstream");
}

async function goDown(scenario: Scenario, greeting: Greeting | "refuse"): Promise<void> {
  if (greeting === "refuse") await scenario.upstream.refuse();
  else scenario.upstream.greeting = greeting;
}

function comeBack(scenario: Scenario): void {
  if (scenario.upstream.greeting === "serve") scenario.upstream.listen();
  scenario.upstream.greeting = "serve";
}

const FAST: [string, Greeting | "refuse", string][] = [
  ["closes every connection before TLS", "close", "A9"],
  ["refuses connections", "refuse", "A17"],
  ["sends something other than TLS", NO_TLS, "DOT-01"],
];

for (const [what, greeting, row] of FAST) {
  Deno.test(`Forwarder answers SERVFAIL within its deadline, then at once, while the upstream ${what}, and answers once it is back (RFC 8914; ${row}; Q21)`, async () => {
    await using scenario = await startScenario({ greeting: "serve" });
    const { upstream } = scenario;
    await waitUntil(() => upstream.handshakes === 1, "the connection from the start");
    await goDown(scenario, greeting);
    upstream.connections.at(-1)?.stop();
    const before = upstream.connections.length;
    const first = await ask(scenario);
    assertServerFailure(first.query, first.reply, [23], false);
    assertLessOrEqual(first.duration, DEADLINE + LATE);
    const second = await ask(scenario);
    assertServerFailure(second.query, second.reply, [22, 23], false);
    assertLess(second.duration, AT_ONCE);
    assertLessOrEqual(upstream.connections.length - before, 20, "no storm");
    comeBack(scenario);
    await untilAnswered(scenario);
    for (const connection of upstream.connections) assertNothingInClear(connection.firstOctets);
  });
}

/** Only TLS records came, and the question is in none of them. */
function assertNothingInClear(octets: Uint8Array): void {
  if (octets.length === 0) return;
  assertEquals(Array.from(octets.subarray(0, 2)), [22, 3], "a TLS handshake");
  const text = new TextDecoder("latin1").decode(octets);
  assert(text.includes(UPSTREAM_NAME), "with the name of the server (RFC 6066, 3)");
  assert(!text.includes("\x07example\x00"), "without any question (RFC 7858, 3.1)");
}

Deno.test("Forwarder says Not Ready as long as no connection was ever there (RFC 8914, 4.15; Q21)", async () => {
  await using scenario = await startScenario({ greeting: "close" });
  const first = await ask(scenario);
  assertServerFailure(first.query, first.reply, [23], false);
  const second = await ask(scenario);
  assertServerFailure(second.query, second.reply, [14, 22, 23]);
  assertLess(second.duration, AT_ONCE);
});

Deno.test("Forwarder gives up a handshake that does not progress and answers SERVFAIL at its deadline (A10)", async () => {
  await using scenario = await startScenario({ greeting: "silence" });
  const { query, reply, duration } = await ask(scenario);
  assertServerFailure(query, reply, [23], false);
  assertGreaterOrEqual(duration, 1900, "a handshake has two seconds");
  assertLessOrEqual(duration, DEADLINE + LATE);
  const { connections } = scenario.upstream;
  const open = connections.filter((connection) => connection.ending === undefined);
  assertLessOrEqual(open.length, 3, "handshakes outstanding");
  assertGreaterOrEqual(connections.length, 2, "tried again");
  assertLessOrEqual(connections.length, 5);
  for (const connection of connections) assertNothingInClear(connection.firstOctets);
});

Deno.test("Forwarder tries a second connection after a second of silence, no more than three, and answers SERVFAIL at its deadline (A11; Q4)", async () => {
  await using scenario = await startScenario({ script: () => {} });
  const { upstream } = scenario;
  const start = performance.now();
  const waiting = ask(scenario);
  await upstream.received(2);
  const second = performance.now() - start;
  assertEquals(upstream.connections.length, 2);
  assertGreaterOrEqual(second, 1000);
  const { query, reply, duration } = await waiting;
  assertServerFailure(query, reply, [23]);
  assertGreaterOrEqual(duration, DEADLINE - EARLY);
  assertLessOrEqual(duration, DEADLINE + LATE);
  assertLessOrEqual(upstream.connections.length, 3);
  upstream.script = (query) => query.answer();
  await untilAnswered(scenario);
});

Deno.test("Forwarder answers SERVFAIL at its deadline when the upstream is silent, and answers other names meanwhile (A11; Q22)", async () => {
  await using scenario = await startScenario({
    script: (query) => query.name === "silent.example" ? undefined : query.answer(),
  });
  const client = scenario.udp();
  const silent = buildQuery("silent.example", { edns: true });
  const start = performance.now();
  await client.send(silent);
  for (let i = 0; i < 10; i++) assertEquals((await ask(scenario)).reply.rcode, RCODE.NOERROR);
  assertServerFailure(silent, await client.next(), [23]);
  const duration = performance.now() - start;
  assertGreaterOrEqual(duration, DEADLINE - EARLY);
  assertLessOrEqual(duration, DEADLINE + LATE);
  assertLessOrEqual(scenario.upstream.sends("silent.example"), 3);
  assertEquals((await ask(scenario)).reply.rcode, RCODE.NOERROR);
});

/** A ServerHello (RFC 5246, 7.4.1.3) of TLS 1.`minor`, in a record of its own. */
function serverHello(minor: number, cipher: number[], extensions: number[] = []): Uint8Array {
  const random = Array(32).fill(7);
  const body = [3, minor + 1, ...random, 0, ...cipher, 0, ...extensions];
  const message = [2, 0, 0, body.length, ...body];
  return Uint8Array.from([22, 3, minor + 1, 0, message.length, ...message]);
}

const AES128_SHA = [0x00, 0x2f];
const ECDHE_RSA_AES128_GCM = [0xc0, 0x2f];
/** With their length: renegotiation_info (RFC 5746, 3.2), then "h2" by ALPN (RFC 7301, 3.1). */
const H2 = [0, 14, 0xff, 1, 0, 1, 0, 0, 16, 0, 5, 0, 3, 2, 0x68, 0x32];

const REFUSED: [string, Uint8Array, RegExp][] = [
  [
    "chooses TLS 1.1 (RFC 9325, 3.1.1; A24)",
    serverHello(1, AES128_SHA),
    /no version 1.2 or 1.3 in common$/,
  ],
  [
    "chooses a protocol that was not offered (RFC 7301, 3.2; A27)",
    serverHello(2, ECDHE_RSA_AES128_GCM, H2),
    /the server chose a protocol other than "dot"$/,
  ],
];

for (const [what, greeting, cause] of REFUSED) {
  Deno.test(`Forwarder sends nothing to an upstream that ${what}, and answers SERVFAIL with the cause, at once`, async () => {
    await using scenario = await startScenario({ greeting });
    const { query, reply, duration } = await ask(scenario);
    assertServerFailure(query, reply, [23], false);
    assertMatch(reply.extendedErrors.find(({ code }) => code === 23)?.text ?? "", cause);
    assertLess(duration, AT_ONCE);
    const { connections, queries } = scenario.upstream;
    await waitUntil(() => connections[0].ending !== undefined, "end of the connection");
    assertEquals([queries.length, connections[0].ending], [0, "forwarder"]);
    for (const { firstOctets } of connections) {
      assertNothingInClear(firstOctets);
      assertEquals(recordTypes(firstOctets).filter((type) => type !== 22 && type !== 21), []);
    }
  });
}

/** The content types of TLS records (RFC 8446, 5.1): 21 is an alert, 22 a handshake, 23 data. */
function recordTypes(octets: Uint8Array): number[] {
  const types: number[] = [];
  for (let at = 0; at < octets.length; at += 5 + octets[at + 3] * 256 + octets[at + 4]) {
    types.push(octets[at]);
  }
  return types;
}
