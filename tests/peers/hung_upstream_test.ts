/**
 * The upstream is a real server that hangs: stopped by a signal it keeps its connections, and the system
 * accepts new ones in its place.
 */

import { assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { exchange, UdpClient } from "../helpers/client.ts";
import { assertAnswered, assertRepliesTo, assertServerFailure } from "../helpers/expect.ts";
import { type Message, RCODE } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { startForwarder, startUnbound } from "../helpers/real_servers.ts";
import { waitUntil } from "../helpers/waiting.ts";

const QUESTIONS = 5;
const DEADLINE = 4500;
const TOLERANCE = 500;
/** Milliseconds until a server that goes on is found. */
const RETURN = 2000;

peerTest(
  ["unbound"],
  "every query gets SERVFAIL at its deadline or an answer while unbound is stopped, nothing twice, and an answer soon after it goes on (RFC 8914, 4.24; A15)",
  async () => {
    await using unbound = await startUnbound();
    await using program = await startForwarder(unbound.port);
    using before = new UdpClient(program.address);
    using during = new UdpClient(program.address);
    using late = new UdpClient(program.address);
    using after = new UdpClient(program.address);
    assertAllAnswered(await ask(before));

    Deno.kill(unbound.pid, "SIGSTOP");
    const failed = await ask(during);
    for (const { query, reply } of failed.asked) assertServerFailure(query, reply, [23]);
    assertGreaterOrEqual(failed.duration, DEADLINE - TOLERANCE);
    assertLessOrEqual(failed.duration, DEADLINE + TOLERANCE);
    const waiting = ask(late);
    await waitUntil(() => /no TLS handshake/.test(program.stderr), "a try to connect anew", 5000);

    Deno.kill(unbound.pid, "SIGCONT");
    const answered = await ask(after);
    assertAllAnswered(answered);
    assertLessOrEqual(answered.duration, RETURN);
    const { asked, duration } = await waiting;
    const rcodes = asked.map(({ reply }) => reply.rcode);
    const others = rcodes.filter((rcode) => rcode !== RCODE.NOERROR && rcode !== RCODE.SERVFAIL);
    assertEquals(others, []);
    assertLessOrEqual(duration, DEADLINE + TOLERANCE);
    const replies = [before, during, late, after].map((client) => client.replies.all.length);
    assertEquals(replies, Array(4).fill(QUESTIONS), "nothing twice");
    const summary = await program.summary();
    assertEquals([summary.received, summary.answered], [4 * QUESTIONS, 4 * QUESTIONS]);
  },
);

interface Round {
  readonly asked: readonly { query: Uint8Array; reply: Message }[];
  /** Milliseconds until the last reply. */
  readonly duration: number;
}

/** Asks questions that nobody has asked before, all at once. */
async function ask(client: UdpClient): Promise<Round> {
  const names = Array.from({ length: QUESTIONS }, () => `${crypto.randomUUID()}.many.example`);
  const queries = names.map((name) => buildQuery(name, { edns: true }));
  const start = performance.now();
  const replies = await exchange(client, queries);
  const duration = performance.now() - start;
  for (const [i, query] of queries.entries()) {
    assertRepliesTo(query, replies[i]);
    for (const { name } of replies[i].answers) assertEquals(name, names[i], "no wrong answer");
  }
  return { asked: queries.map((query, i) => ({ query, reply: replies[i] })), duration };
}

function assertAllAnswered({ asked }: Round): void {
  for (const { query, reply } of asked) assertAnswered(query, reply);
}
