/** A contender: a program that forwards to the upstream, how it is started and whether it could be. */

import { findProgram } from "../../tests/helpers/real_peer.ts";
import type { BenchUpstream } from "./upstream.ts";

/** How to start a contender. */
export interface Plan {
  readonly name: string;
  /** Programs that must be installed. */
  readonly programs: readonly string[];
  /** Whatever it starts ends with `stack`. */
  start(upstream: BenchUpstream, stack: AsyncDisposableStack): Promise<Running>;
}

export interface Running {
  /** Of 127.0.0.1, UDP. */
  readonly port: number;
  /** Its processes; their children count as well. */
  readonly pids: readonly number[];
}

export interface Contender extends Running {
  readonly name: string;
}

/** A contender that takes no part, and why. */
export interface Absence {
  readonly name: string;
  readonly reason: string;
}

/** Starts them one after another; what does not start is left out and does not stop the others. */
export async function startContenders(
  plans: readonly Plan[],
  upstream: BenchUpstream,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<{ contenders: Contender[]; absences: Absence[] }> {
  const contenders: Contender[] = [];
  const absences: Absence[] = [];
  for (const { name, programs, start } of plans) {
    signal.throwIfAborted();
    const missing = programs.filter((program) => findProgram(program) === undefined);
    if (missing.length > 0) {
      absences.push({ name, reason: `not installed: ${missing.join(", ")}` });
      continue;
    }
    try {
      contenders.push({ name, ...await start(upstream, stack) });
    } catch (error) {
      absences.push({ name, reason: `did not start: ${reasonOf(error)}` });
    }
  }
  return { contenders, absences };
}

/** In one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replaceAll(/\s*\n\s*/g, "; ").slice(0, 300);
}
