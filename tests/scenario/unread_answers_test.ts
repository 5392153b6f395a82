/** Clients over TCP that ask for much and read nothing, and what that takes of the program's memory. */

import { assert, assertGreaterOrEqual } from "@std/assert";
import type { TcpClient } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { TYPE } from "../helpers/message.ts";
import { buildQuery, textRecords } from "../helpers/query.ts";
import { type Scenario, startScenario } from "../helpers/scenario.ts";
import type { Script } from "../helpers/scripted_upstream.ts";

const LINUX = { ignore: Deno.build.os !== "linux" };
const MEGABYTE = 1_000_000;
const CONNECTIONS = 64;
const QUERIES = 256;
/** Octets of the records of a large answer. */
const LARGE = 65_000;

/** What begins with `big` has the largest answer. */
const script: Script = (query) => {
  if (!query.name.startsWith("big")) return query.answer();
  return query.answer({ answers: textRecords(query.name, LARGE) });
};

async function resident({ program }: Scenario): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${program.pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/** Asks for large answers on many connections that read nothing. */
async function flood(scenario: Scenario): Promise<TcpClient[]> {
  const query = buildQuery("big.example", { type: TYPE.TXT });
  const queries = Array.from({ length: QUERIES }, () => query);
  const clients: TcpClient[] = [];
  for (let count = 0; count < CONNECTIONS; count++) {
    const client = await scenario.tcp(scenario.program.address, false);
    await client.send(...queries).catch(() => {});
    clients.push(client);
  }
  return clients;
}

Deno.test(
  "Clients that read none of a gigabyte of answers take less than 60 MB, and others are answered meanwhile",
  LINUX,
  async () => {
    const args = ["--limit", `tcp-connections-per-client=${CONNECTIONS + 2}`];
    await using scenario = await startScenario({ script, args });
    const other = await scenario.tcp();
    for (let count = 0; count < 20; count++) {
      const query = buildQuery(`big${count}.example`, { type: TYPE.TXT });
      assertAnswered(query, await other.ask(query));
    }
    const before = await resident(scenario);
    let most = before;
    let isOver = false;
    const flooding = flood(scenario).then(() => isOver = true);
    for (let count = 0; !isOver || count < 50; count++) {
      const query = buildQuery(`small${count}.example`);
      assertAnswered(query, await other.ask(query));
      most = Math.max(most, await resident(scenario));
    }
    await flooding;
    const grown = Math.round((most - before) / MEGABYTE);
    assert(grown < 60, `${grown} MB more`);
  },
);

Deno.test("A client that reads slowly and steadily gets all its answers", async () => {
  await using scenario = await startScenario({ script });
  const stream = await Deno.connect({
    hostname: scenario.program.address.hostname,
    port: scenario.program.address.port,
  });
  const query = buildQuery("big.example", { type: TYPE.TXT });
  const framed = Uint8Array.of(query.length >> 8, query.length, ...query);
  const buffer = new Uint8Array(65_536);
  let octets = 0;
  // The first shows how long the answers are.
  await stream.write(framed);
  while (octets < LARGE) octets += await stream.read(buffer) ?? Infinity;
  for (let count = 1; count < QUERIES; count++) await stream.write(framed);
  while (octets < QUERIES * LARGE) {
    const count = await stream.read(buffer);
    if (count === null) break;
    octets += count;
    // A few milliseconds between reads: the subject is a reader that is slower than the answers come.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  stream.close();
  assertGreaterOrEqual(octets, QUERIES * LARGE);
});
