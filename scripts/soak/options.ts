/** The command line of runs that last: soak and chaos. */

import { parseArgs } from "@std/cli/parse-args";

export interface Options {
  readonly minutes: number;
  /** Queries a second. */
  readonly rate: number;
}

/** Of the task `name`, `defaults` unless told otherwise. Ends the program with 2 where an option is unknown or has no sense. */
export function readOptions(name: string, defaults: Options): Options {
  const refuse = (problem: string): never => {
    console.error(`${problem}\nUsage: deno task ${name} [--minutes N] [--rate N]`);
    Deno.exit(2);
  };
  const unknown: string[] = [];
  const found = parseArgs(Deno.args, {
    string: ["minutes", "rate"],
    unknown: (argument) => void unknown.push(argument),
  });
  if (unknown.length > 0) refuse(`Unknown: ${unknown.join(" ")}`);
  const minutes = Number(found.minutes ?? defaults.minutes);
  const rate = Number(found.rate ?? defaults.rate);
  if (!(minutes > 0 && Number.isFinite(minutes))) refuse("--minutes: expected a number above 0");
  if (!(rate >= 1 && Number.isInteger(rate))) refuse("--rate: expected a whole number above 0");
  return { minutes, rate };
}
