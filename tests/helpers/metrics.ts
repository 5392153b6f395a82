/** What the log of a program says of `--metrics`. */

import type { Program } from "./program.ts";

/** The lines of its log that match, without their time. */
export function logLines(program: Program, pattern: RegExp): string[] {
  const all = program.stderr.split("\n").filter((line) => pattern.test(line));
  return all.map((line) => line.replace(/^\S+ \S+ /, ""));
}

/** The port of `--metrics` that the log tells of last. */
export function metricsPort(program: Program): number {
  return Number(/:(\d+)\/metrics$/.exec(logLines(program, /Metrics at http/).at(-1) ?? "")?.[1]);
}
