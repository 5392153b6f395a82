/** A forwarder under load with `--metrics`, and whoever reads what it tells. */

import type { Program } from "../../tests/helpers/program.ts";
import { startWithUpstreams } from "../../tests/helpers/scenario.ts";
import { peerTrust } from "../../tests/helpers/real_peer.ts";
import type { BenchUpstream } from "../bench/upstream.ts";

/** All that there is to read. */
export const PATHS = ["/metrics", "/status.json", "/"] as const;
export type Path = typeof PATHS[number];

export const METRICS = ["--metrics", "127.0.0.1:0"];

/** With `args` besides, and `flags` of the runtime. */
export async function startForwarder(
  upstream: BenchUpstream,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<Program> {
  const { authority } = await peerTrust();
  return await startWithUpstreams([upstream.uri], authority, { args, flags });
}

/** Milliseconds until the whole of it was there. */
export async function readAll(program: Program, path: Path): Promise<number> {
  const [, address] = /Metrics at http:\/\/(\S+)\/metrics/.exec(program.stderr) ?? [];
  const start = performance.now();
  const response = await fetch(`http://${address}${path}`);
  const text = await response.text();
  if (response.status !== 200 || text === "") throw new Error(`${path}: ${response.status}`);
  return performance.now() - start;
}

/** Calls `action` at every `interval` of milliseconds until `end` settles. */
export async function every(
  interval: number,
  end: Promise<unknown>,
  action: (count: number) => Promise<unknown>,
): Promise<void> {
  let isOver = false;
  const over = end.finally(() => isOver = true);
  const start = performance.now();
  for (let count = 0; !isOver; count++) {
    await action(count);
    const left = start + (count + 1) * interval - performance.now();
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, Math.max(0, left)))]);
  }
}
