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
/** Milliseconds by which a timer may be early, and anything late on a busy machine. */
const EARLY = 500;
const LATE = 4000;
/** Milliseconds until a server that goes on is found. */
const RETURN = 10_000;

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
    assertGreaterOrEqual(failed.duration, DEADLINE - EARLY);
    assertLessOrEqual(failed.duration, DEADLINE + LATE);
    const waiting = ask(late);
    await waitUntil(() => /no TLS handshake/.test(program.stderr), "a try to connect anew");

    Deno.kill(unbound.pid, "SIGCONT");
    const start = performance.now();
    const isBack = async () => (await after.ask(newQuestion())).rcode === RCODE.NOERROR;
    while (!(await isBack())) assertLessOrEqual(performance.now() - start, RETURN);
    const tries = after.replies.all.length;
    assertAllAnswered(await ask(after));
    const { asked, duration } = await waiting;
    const rcodes = asked.map(({ reply }) => reply.rcode);
    const others = rcodes.filter((rcode) => rcode !== RCODE.NOERROR && rcode !== RCODE.SERVFAIL);
    assertEquals(others, []);
    assertLessOrEqual(duration, DEADLINE + LATE);
    const replies = [before, during, late, after].map((client) => client.replies.all.length);
    assertEquals(replies, [QUESTIONS, QUESTIONS, QUESTIONS, tries + QUESTIONS], "nothing twice");
    const { received, answered } = await program.summary();
    assertEquals([received, answered], [tries + 4 * QUESTIONS, tries + 4 * QUESTIONS]);
  },
);

interface Round {
  readonly asked: readonly { query: Uint8Array; reply: Message }[];
  /** Milliseconds until the last reply. */
  readonly duration: number;
}

/** One that nobody has asked before. */
function newQuestion(): Uint8Array {
  return buildQuery(`${crypto.randomUUID()}.many.example`, { edns: true });
}

/** Asks new questions, all at once. */
async function ask(client: UdpClient): Promise<Round> {
  const queries = Array.from({ length: QUESTIONS }, newQuestion);
  const start = performance.now();
  const replies = await exchange(client, queries);
  const duration = performance.now() - start;
  for (const [i, query] of queries.entries()) {
    assertRepliesTo(query, replies[i]);
    const { name } = replies[i].questions[0];
    for (const answer of replies[i].answers) assertEquals(answer.name, name, "no wrong answer");
  }
  return { asked: queries.map((query, i) => ({ query, reply: replies[i] })), duration };
}

function assertAllAnswered({ asked }: Round): void {
  for (const { query, reply } of asked) assertAnswered(query, reply);
}
