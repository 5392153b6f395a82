/** How long after its start dnsfwd gives the first answer: connection and TLS handshake included. */

import config from "../../deno.json" with { type: "json" };
import { buildQuery } from "../../tests/helpers/query.ts";
import { freePort } from "../../tests/helpers/real_peer.ts";
import { reasonOf } from "./contender.ts";
import { tlsArguments } from "./forwarders.ts";
import { median } from "./sample.ts";
import type { BenchUpstream } from "./upstream.ts";

const STARTS = 5;
/** Between queries, in milliseconds; with the runtime's timers about two: the resolution. */
const INTERVAL = 1;
const LIMIT = 10_000;
const PROJECT = new URL("../../", import.meta.url);
const COMPILED = new URL("dist/dnsfwd", PROJECT);

export interface FirstAnswer {
  /** How it was started. */
  readonly name: string;
  /** The median, in milliseconds; none where an answer did not come. */
  readonly time?: number;
}

/** With Deno as `deno task start` does, and compiled if `dist/dnsfwd` is there. */
export async function measureFirstAnswers(
  upstream: BenchUpstream,
  folder: string,
  signal: AbortSignal,
): Promise<FirstAnswer[]> {
  const args = await tlsArguments(upstream, folder);
  const commands: [string, string, string[]][] = [
    ["deno run (deno task start)", Deno.execPath(), config.tasks.dnsfwd.split(" ").slice(1)],
  ];
  if (await isThere(COMPILED)) commands.push(["dist/dnsfwd (compiled)", COMPILED.pathname, []]);
  const results: FirstAnswer[] = [];
  for (const [name, program, flags] of commands) {
    try {
      results.push({ name, time: await medianTime(program, [...flags, ...args], signal) });
    } catch (error) {
      signal.throwIfAborted();
      console.error(`${name}: ${reasonOf(error)}`);
      results.push({ name });
    }
  }
  return results;
}

async function medianTime(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const times: number[] = [];
  while (times.length < STARTS) {
    signal.throwIfAborted();
    times.push(await timeOf(program, args));
  }
  return median(times);
}

/** Starts the program and asks until an answer comes. */
async function timeOf(program: string, args: readonly string[]): Promise<number> {
  const port = freePort();
  const options = { stdin: "null", stdout: "null", stderr: "null", cwd: PROJECT } as const;
  const start = performance.now();
  await using _process = new Deno.Command(program, {
    args: [
      ...args,
      "--listen",
      `127.0.0.1:${port}`,
      "--state-dir",
      "none",
      "--runtime-dir",
      "none",
    ],
    ...options,
  }).spawn();
  return await firstAnswer(port) - start;
}

/** When the answer came. Asks over and over: a datagram to a port where nobody listens is lost. */
async function firstAnswer(port: number): Promise<number> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const server: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
  const query = buildQuery("first.example");
  const end = performance.now() + LIMIT;
  let time: number | undefined;
  socket.receive().then(() => time = performance.now(), () => {});
  try {
    while (time === undefined) {
      if (performance.now() > end) throw new Error(`No first answer within ${LIMIT} ms`);
      await socket.send(query, server);
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
    return time;
  } finally {
    socket.close();
  }
}

async function isThere(file: URL): Promise<boolean> {
  try {
    return (await Deno.stat(file)).isFile;
  } catch {
    return false;
  }
}
