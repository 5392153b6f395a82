/**
 * dnsfwd among the contenders, as `deno task start` runs it: with both UDP paths, and over plain TCP
 * with stunnel doing the TLS (the CPU of both counts).
 */

import { startProgram } from "../../tests/helpers/program.ts";
import { startStunnel } from "../../tests/helpers/real_servers.ts";
import type { Plan, Running } from "./contender.ts";
import type { BenchUpstream } from "./upstream.ts";

export const PLAIN = "dnsfwd-plain";
export const BATCH = "dnsfwd-batch";

export const FORWARDERS: readonly Plan[] = [
  {
    name: PLAIN,
    programs: [],
    start: (upstream, stack) => startOverTls(upstream, stack, "plain"),
  },
  {
    name: BATCH,
    programs: [],
    start: (upstream, stack) => startOverTls(upstream, stack, "batch"),
  },
  { name: "dnsfwd-stunnel", programs: ["stunnel4"], start: startOverStunnel },
];

/** That of the checkout in `folder`, for which it is a peer. */
export function otherForwarder(folder: string): Plan {
  return {
    name: "dnsfwd-against",
    programs: [],
    start: (upstream, stack) => startOverTls(upstream, stack, "batch", folder),
  };
}

/** Ours, as against the peers. */
export function isForwarder(name: string): boolean {
  return FORWARDERS.some((plan) => plan.name === name);
}

/** The arguments that make dnsfwd forward to the upstream. */
export async function tlsArguments(upstream: BenchUpstream, folder: string): Promise<string[]> {
  const authority = `${folder}/authority.pem`;
  await Deno.writeTextFile(authority, upstream.authority);
  return ["--upstream", upstream.uri, "--ca", authority];
}

async function startOverTls(
  upstream: BenchUpstream,
  stack: AsyncDisposableStack,
  udp: "plain" | "batch",
  checkout?: string,
): Promise<Running> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-bench-" });
  try {
    const args = [...await tlsArguments(upstream, folder), "--udp-io", udp];
    return await start(args, stack, checkout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function startOverStunnel(
  { port }: BenchUpstream,
  stack: AsyncDisposableStack,
): Promise<Running> {
  const stunnel = stack.use(await startStunnel(port));
  const uri = `tcp://127.0.0.1:${stunnel.port}`;
  const forwarder = await start(["--upstream", uri, "--udp-io", "batch"], stack);
  return { port: forwarder.port, pids: [...forwarder.pids, stunnel.pid] };
}

async function start(
  args: readonly string[],
  stack: AsyncDisposableStack,
  folder?: string,
): Promise<Running> {
  const listening = ["run", "--listen", "127.0.0.1:0", ...args];
  const program = stack.use(await startProgram(listening, { folder }));
  return { port: program.address.port, pids: [program.pid] };
}
