/**
 * The network fails: a link goes down, a route leads nowhere. The forwarder and its upstream are in network
 * namespaces of their own.
 */

import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertMatch,
} from "@std/assert";
import type { Answer } from "../helpers/digging.ts";
import { FAR, NEAR, type NetworkPair, networkTest, WIRE } from "../helpers/network_namespace.ts";
import { type Ask, asking, LOOPBACK, startNear, untilAnswer } from "../helpers/near_forwarder.ts";
import { startUnbound } from "../helpers/real_servers.ts";
import { waitUntil } from "../helpers/waiting.ts";

const ANOTHER = "198.51.100.9";
const DEADLINE = 4500;
/** Milliseconds by which a timer may be early, and anything late on a busy machine. */
const EARLY = 500;
const LATE = 3000;
/** Shorter than to wait for the deadline. */
const AT_ONCE = 4000;
/** Milliseconds until an upstream that is back is found, by clients that keep asking. */
const RETURN = 10_000;
networkTest(
  ["unbound"],
  "queries get SERVFAIL at their deadline, then at once, while a link is down without a word, and answers soon after it is up (A13)",
  async (pair) => {
    await using unbound = await startUnbound({ place: pair.far.at(FAR) });
    await using program = await startNear(pair, unbound);
    const ask = asking(pair.near.at(LOOPBACK), program);
    assertEquals((await ask()).status, "NOERROR");
    await pair.far.ip(`link set ${WIRE} down`);
    for (const answer of await Promise.all([ask(), ask(), ask()])) assertAtDeadline(answer);
    await untilAtOnce(ask);
    await assertDown(ask);
    await pair.far.ip(`link set ${WIRE} up`);
    assertLessOrEqual(await untilAnswered(ask), RETURN);
    assertEquals((await program.summary()).connections, 2, "a new connection");
  },
);

const DEAD_ENDS = [
  {
    what: "the route to the upstream is unreachable",
    change: ({ near }: NetworkPair, verb: string) => near.ip(`route ${verb} unreachable ${FAR}`),
    cause: /host unreachable|network unreachable/,
    limit: 1000,
  },
  {
    what: "the way to the upstream swallows everything",
    // The far side forgets the way back, so that neither side is told anything.
    change: ({ far }: NetworkPair, verb: string) => far.ip(`route ${verb} blackhole ${NEAR}`),
    cause: /no connection within 2 s/,
    limit: DEADLINE,
  },
];

for (const { what, change, cause, limit } of DEAD_ENDS) {
  networkTest(
    ["unbound"],
    `queries get SERVFAIL with the cause while ${what}, and answers soon after its return (RFC 8914, 4.24; A18)`,
    async (pair) => {
      await using unbound = await startUnbound({ place: pair.far.at(FAR) });
      // Before the connection that the program makes at its start.
      await change(pair, "add");
      await using program = await startNear(pair, unbound);
      const ask = asking(pair.near.at(LOOPBACK), program);
      const first = await ask();
      assertFailed(first, [23]);
      assertMatch(first.edns, cause);
      assertLessOrEqual(first.duration, limit + LATE);
      for (const answer of await assertDown(ask)) assertMatch(answer.edns, cause);
      await change(pair, "delete");
      assertLessOrEqual(await untilAnswered(ask), RETURN);
    },
  );
}

networkTest(
  ["unbound"],
  "the connection is renewed when its address goes and another one is the way, and nothing is lost (Q23)",
  async (pair) => {
    await using unbound = await startUnbound({ place: pair.far.at(FAR) });
    await using program = await startNear(pair, unbound);
    const ask = asking(pair.near.at(LOOPBACK), program);
    assertEquals((await ask()).status, "NOERROR");
    await pair.far.ip(`route add ${ANOTHER} dev ${WIRE}`);
    await pair.near.ip(`address add ${ANOTHER}/32 dev ${WIRE}`);
    await pair.near.ip(`route add ${FAR} dev ${WIRE} src ${ANOTHER}`);
    await pair.near.ip(`address delete ${NEAR}/24 dev ${WIRE}`);
    await waitUntil(
      () => /addresses of this machine changed: renewing/.test(program.stderr),
      "log",
    );
    assertEquals((await ask()).status, "NOERROR");
    assertEquals((await program.summary()).connections, 2);
  },
);

networkTest(
  ["unbound"],
  "one connection is enough while interfaces of containers come and go",
  async (pair) => {
    await using unbound = await startUnbound({ place: pair.far.at(FAR) });
    const args = ["--log-level", "debug"];
    await using program = await startNear(pair, unbound, FAR, undefined, ...args);
    const ask = asking(pair.near.at(LOOPBACK), program);
    assertEquals((await ask()).status, "NOERROR");
    const unaffected = /no connection to an upstream is affected/;
    await pair.near.ip("link add veth0 type veth peer name veth1");
    await pair.near.ip(`address add ${ANOTHER}/24 dev veth0`);
    await pair.near.ip("link set veth0 up");
    await waitUntil(() => unaffected.test(program.stderr), "look");
    assertEquals((await ask()).status, "NOERROR");
    assertEquals((await program.summary()).connections, 1);
  },
);

function assertFailed(answer: Answer, codes: readonly number[]): void {
  assertEquals(answer.status, "SERVFAIL");
  for (const code of codes) assert(answer.extendedErrors.includes(code), `extended error ${code}`);
}

function assertAtDeadline(answer: Answer): void {
  assertFailed(answer, [23]);
  assertGreaterOrEqual(answer.duration, DEADLINE - EARLY);
  assertLessOrEqual(answer.duration, DEADLINE + LATE);
}

/** Everything fails, and at once; but one query may carry an attempt to connect, which takes its time. */
async function assertDown(ask: Ask): Promise<Answer[]> {
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask()));
  for (const answer of answers) assertFailed(answer, [22, 23]);
  const slow = answers.filter((answer) => answer.duration > AT_ONCE);
  assertLessOrEqual(slow.length, 1, "queries that had to wait");
  return answers;
}

/** Asks until a query no longer has to wait. */
async function untilAtOnce(ask: Ask): Promise<void> {
  await untilAnswer(ask, ({ duration }) => duration < AT_ONCE, 2 * DEADLINE);
}

/** Asks until a query is answered; how long that took. */
function untilAnswered(ask: Ask): Promise<number> {
  return untilAnswer(ask, ({ status }) => status === "NOERROR", 2 * RETURN);
}
