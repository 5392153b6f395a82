/** Upstreams that cannot be reached, and their return (matrix A; extended errors: RFC 8914). */

import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { assertServerFailure } from "../helpers/expect.ts";
import { concatenated, type Message, RCODE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { type Scenario, startScenario, UPSTREAM_NAME } from "../helpers/scenario.ts";
import type { Greeting } from "../helpers/scripted_upstream.ts";
import { within } from "../helpers/waiting.ts";

const DEADLINE = 4500;
const TOLERANCE = 300;

/** Octets that are no TLS. */
const NO_TLS = new TextEncoder().encode("220 mail.example ESMTP ready\r\n");

/** A ServerHello that chooses TLS 1.1 (RFC 4346, 7.4.1.3), with the cipher AES128-SHA. */
const SERVER_HELLO_OF_TLS_1_1 = concatenated([
  Uint8Array.from([22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2]),
  new Uint8Array(32).fill(7),
  Uint8Array.from([0, 0, 0x2f, 0]),
]);

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

/** Asks until there is an answer; how long that took. */
async function untilAnswered(scenario: Scenario): Promise<number> {
  const start = performance.now();
  let rcode = -1;
  const asking = async () => {
    while (rcode !== RCODE.NOERROR) {
      rcode = (await ask(scenario)).reply.rcode;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await within(asking(), 6000, "answer after the return of the upstream");
  return performance.now() - start;
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
  Deno.test(`Forwarder answers SERVFAIL within its deadline, then at once, while the upstream ${what}, and recovers within two seconds (RFC 8914; ${row}; Q21)`, async () => {
    await using scenario = await startScenario({ greeting: "serve" });
    const { upstream } = scenario;
    await goDown(scenario, greeting);
    upstream.connections.at(-1)?.stop();
    const before = upstream.connections.length;
    const first = await ask(scenario);
    assertServerFailure(first.query, first.reply, [23], false);
    assertLessOrEqual(first.duration, DEADLINE + TOLERANCE);
    const second = await ask(scenario);
    assertServerFailure(second.query, second.reply, [22, 23], false);
    assertLessOrEqual(second.duration, 500, "at once");
    assertLessOrEqual(upstream.connections.length - before, 20, "no storm");
    comeBack(scenario);
    assertLessOrEqual(await untilAnswered(scenario), 2000);
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
  assertLessOrEqual(second.duration, 500);
});

Deno.test("Forwarder gives up a handshake that does not progress and answers SERVFAIL at its deadline (A10)", async () => {
  await using scenario = await startScenario({ greeting: "silence" });
  const { query, reply, duration } = await ask(scenario);
  assertServerFailure(query, reply, [23], false);
  assertGreaterOrEqual(duration, 1900, "a handshake has two seconds");
  assertLessOrEqual(duration, DEADLINE + TOLERANCE);
  const { connections } = scenario.upstream;
  const open = connections.filter((connection) => connection.ending === undefined);
  assertLessOrEqual(open.length, 3, "handshakes outstanding");
  assertGreaterOrEqual(connections.length, 2, "tried again");
  assertLessOrEqual(connections.length, 5);
  for (const connection of connections) assertNothingInClear(connection.firstOctets);
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
  assertGreaterOrEqual(duration, DEADLINE - TOLERANCE);
  assertLessOrEqual(duration, DEADLINE + TOLERANCE);
  assertLessOrEqual(scenario.upstream.sends("silent.example"), 3);
  assertEquals((await ask(scenario)).reply.rcode, RCODE.NOERROR);
});

Deno.test("Forwarder refuses an upstream that speaks TLS 1.1 (RFC 9325, 3.1.1; A24)", async () => {
  await using scenario = await startScenario({ greeting: SERVER_HELLO_OF_TLS_1_1 });
  const { query, reply } = await ask(scenario);
  assertServerFailure(query, reply, [23], false);
  assertEquals(scenario.upstream.queries.length, 0);
  for (const connection of scenario.upstream.connections) {
    assertNothingInClear(connection.firstOctets);
  }
});
