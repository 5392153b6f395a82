/** The command line of the soak. */

import { parseArgs } from "@std/cli/parse-args";

export interface Options {
  readonly minutes: number;
  /** Queries a second. */
  readonly rate: number;
}

const USAGE = "Usage: deno task soak [--minutes N] [--rate N]";

/** Ends the program with 2 where an option is unknown or has no sense. */
export function readOptions(): Options {
  const unknown: string[] = [];
  const found = parseArgs(Deno.args, {
    string: ["minutes", "rate"],
    unknown: (argument) => void unknown.push(argument),
  });
  if (unknown.length > 0) refuse(`Unknown: ${unknown.join(" ")}`);
  const minutes = Number(found.minutes ?? 10);
  const rate = Number(found.rate ?? 5000);
  if (!(minutes > 0 && Number.isFinite(minutes))) refuse("--minutes: expected a number above 0");
  if (!(rate >= 1 && Number.isInteger(rate))) refuse("--rate: expected a whole number above 0");
  return { minutes, rate };
}

function refuse(problem: string): never {
  console.error(`${problem}\n${USAGE}`);
  Deno.exit(2);
}
