/**
 * What `--isolate client` costs, with unbound as the upstream: 32 clients ask 20 questions each, in turn,
 * of a forwarder that one of them has asked 200. Connections and handshakes since the start, CPU time for
 * the 640 questions, resident size after them; the medians of --rounds (default 3).
 *
 *     deno run --allow-all scripts/isolation.ts
 */

import { parseArgs } from "@std/cli/parse-args";
import { UdpClient } from "../tests/helpers/client.ts";
import { buildQuery } from "../tests/helpers/query.ts";
import { startForwarder, startUnbound } from "../tests/helpers/real_servers.ts";
import { processorTime, residentSize } from "./bench/process_tree.ts";

const CLIENTS = 32;
const QUESTIONS = 20;
const WARM_UP = 200;

interface Cost {
  readonly connections: number;
  readonly handshakes: number;
  /** Milliseconds. */
  readonly processor: number;
  /** Megabytes. */
  readonly resident: number;
}

const rounds = Number(parseArgs(Deno.args, { string: ["rounds"] }).rounds ?? 3);
console.log("| | connections | handshakes | CPU ms | resident MB |");
console.log("| --- | ---: | ---: | ---: | ---: |");
for (const args of [[], ["--isolate", "client"]]) {
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round++) costs.push(await measure(args));
  const median = (key: keyof Cost) => {
    const values = costs.map((cost) => cost[key]).toSorted((a, b) => a - b);
    return values[values.length >> 1].toFixed(0);
  };
  const cells = (["connections", "handshakes", "processor", "resident"] as const).map(median);
  console.log(`| ${args.join(" ") || "shared"} | ${cells.join(" | ")} |`);
}

async function measure(args: readonly string[]): Promise<Cost> {
  await using unbound = await startUnbound();
  await using program = await startForwarder(unbound.port, ...args);
  const clients = Array.from(
    { length: CLIENTS },
    (_, at) => new UdpClient(program.address, `127.0.0.${at + 1}`),
  );
  try {
    await ask(clients[0], WARM_UP, "warm-up");
    const before = processorTime([program.pid]);
    for (const [at, client] of clients.entries()) await ask(client, QUESTIONS, `client${at}`);
    const processor = (processorTime([program.pid]) - before) / 1000;
    const resident = residentSize([program.pid]);
    const { connections, handshakes } = await program.summary();
    return { connections, handshakes, processor, resident };
  } finally {
    for (const client of clients) client.close();
  }
}

async function ask(client: UdpClient, count: number, prefix: string): Promise<void> {
  for (let at = 0; at < count; at++) await client.ask(buildQuery(`${prefix}-${at}.many.example`));
}
