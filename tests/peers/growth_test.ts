/**
 * Real servers that work on only a few queries per connection at a time, in front of an authoritative
 * server that takes 200 ms: more connections are opened to them, and to no others (protocol design, 0.6, Q7).
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { startNamed, startRecursor } from "../helpers/capped_servers.ts";
import { exchange, TcpClient, UdpClient } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import type { Program } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { startForwarder, startTlsFront, startUnbound } from "../helpers/real_servers.ts";
import { SlowAuthority } from "../helpers/slow_authority.ts";

const DELAY = 200;
const QUESTIONS = 500;

peerTest(
  ["named"],
  "500 questions to BIND are answered on several connections (DOT-06)",
  async () => {
    await using authority = new SlowAuthority(DELAY);
    await using named = await startNamed(authority.port);
    await using program = await startForwarder(named.port);
    await askAll(program, "n");
    await assertGrown(program);
  },
);

peerTest(
  ["named", "stunnel4"],
  "500 questions to BIND over TCP, which works on 23 per connection, are answered on several (DOT-06)",
  async () => {
    await using authority = new SlowAuthority(DELAY);
    await using named = await startNamed(authority.port, true);
    await using front = await startTlsFront(named.port);
    await using program = await startForwarder(front.port);
    await askAll(program, "n");
    await assertGrown(program);
    await askAll(program, "m");
  },
);

peerTest(
  ["pdns_recursor", "stunnel4"],
  "500 questions to the PowerDNS recursor, which works on 10 per connection, are answered on several, as 10 s on one would be too long (DOT-06)",
  async () => {
    await using authority = new SlowAuthority(DELAY);
    await using recursor = await startRecursor(authority.port);
    await using front = await startTlsFront(recursor.port);
    await using program = await startForwarder(front.port);
    // 2.6 s where nothing is late; 10 s on one connection, so that most would fail.
    await askAll(program, "n");
    await assertGrown(program);
    await askAll(program, "m");
  },
);

peerTest(
  ["unbound"],
  "500 questions to unbound, which works on all of them, take one connection (DOT-06)",
  async () => {
    await using authority = new SlowAuthority(DELAY);
    await using unbound = await startUnbound({
      empty: true,
      server: 'module-config: "iterator"\n  do-not-query-localhost: no\n  outgoing-range: 1000\n' +
        "  num-queries-per-thread: 1000",
      clauses: `forward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@${authority.port}`,
    });
    // For a moment without a processor, on a busy machine, any server looks like one that is busy.
    let connections = 0;
    for (let attempt = 0; attempt < 5 && connections !== 1; attempt++) {
      await using program = await startForwarder(unbound.port);
      // From the cache in between, which is a hundred times as quick.
      const prefixes = ["a", "a", "b"].map((prefix) => `${prefix}${attempt}`);
      for (const prefix of prefixes) await askAllOverTcp(program, prefix);
      ({ connections } = await program.summary());
    }
    assertEquals(connections, 1);
  },
);

/** Asks distinct questions, all at once, and sees that each is answered. */
async function askAll(program: Program, prefix: string): Promise<void> {
  using client = new UdpClient(program.address);
  const queries = questions(prefix);
  const replies = await exchange(client, queries);
  queries.forEach((query, i) => assertAnswered(query, replies[i], `to question ${i}`));
}

/** Likewise. Where all replies come at once, a socket for datagrams has no room for them. */
async function askAllOverTcp(program: Program, prefix: string): Promise<void> {
  await using client = await TcpClient.connect(program.address);
  const queries = questions(prefix);
  const replies = await exchange(client, queries);
  queries.forEach((query, i) => assertAnswered(query, replies[i], `to question ${i}`));
}

function questions(prefix: string): Uint8Array[] {
  return Array.from({ length: QUESTIONS }, (_, i) => buildQuery(`${prefix}${i}.example`));
}

async function assertGrown(program: Program): Promise<void> {
  const { connections, failed } = await program.summary();
  assertGreater(connections, 1);
  assert(connections <= 4, `${connections} connections`);
  assertEquals(failed, 0);
}
