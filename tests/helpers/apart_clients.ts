/** Clients of a forwarder with `--isolate client`, each at an address of its own: where they arrive upstream. */

import { assertEquals } from "@std/assert";
import { exchange, UdpClient } from "./client.ts";
import { assertAnswered } from "./expect.ts";
import { buildQuery } from "./query.ts";
import { type Scenario, type ScenarioOptions, startScenario } from "./scenario.ts";
import type { ScriptedUpstream } from "./scripted_upstream.ts";
import { numberedNames } from "./steady_client.ts";

export const HOSTS = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

/** Runs with a UDP client at each of the hosts. */
export async function withClients(
  run: (scenario: Scenario, clients: readonly UdpClient[]) => Promise<void>,
  options: ScenarioOptions = {},
  hosts = HOSTS,
): Promise<void> {
  const args = ["--isolate", "client", ...options.args ?? []];
  await using scenario = await startScenario({ ...options, args });
  const clients = hosts.map((host) => new UdpClient(scenario.program.address, host));
  try {
    await run(scenario, clients);
  } finally {
    for (const client of clients) client.close();
  }
}

/** Names that only one client asks for. */
function namesOf(client: number, count: number, round = 0): string[] {
  return numberedNames(count, `r${round}-`).map((name) => name.replace("example", `c${client}`));
}

/** Each client asks for names of its own, all at once; all are answered. */
export async function askAll(
  clients: readonly UdpClient[],
  count: number,
  round = 0,
): Promise<void> {
  await Promise.all(clients.map(async (client, at) => {
    const queries = namesOf(at, count, round).map((name) => buildQuery(name));
    const replies = await exchange(client, queries);
    replies.forEach((reply, index) => assertAnswered(queries[index], reply));
  }));
}

/** Which clients' names came on each connection that was used. */
export function clientsByConnection({ connections }: ScriptedUpstream): string[][] {
  return connections
    .map(({ queries }) => [...new Set(queries.map(({ name }) => name.split(".")[1]))])
    .filter((clients) => clients.length > 0);
}

export function assertApart(upstream: ScriptedUpstream): void {
  for (const clients of clientsByConnection(upstream)) assertEquals(clients.length, 1);
}
