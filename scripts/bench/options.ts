/** The options of `deno task bench`, checked before anything starts. */

import { parseArgs } from "@std/cli/parse-args";

export interface Options {
  readonly help: boolean;
  /** Of each run. */
  readonly seconds: number;
  readonly rounds: number;
  /** To send through dnsfwd at the end, for its resident size. */
  readonly queries: number;
  readonly names: readonly string[];
  /** Another checkout, which takes part as well. */
  readonly against?: string;
}

const NUMBERS = { seconds: 5, rounds: 3, queries: 0 };

export function help(names: readonly string[]): string {
  return `Usage: deno task bench [OPTION]...

Compares dnsfwd with other programs that forward over TLS, on this machine alone.
Prints Markdown; the same and a chart are in dist/bench/.

Options:
  --seconds N      Length of each run (default: ${NUMBERS.seconds})
  --rounds N       Times that each program has its turn (default: ${NUMBERS.rounds})
  --only NAME,...  Only these of ${names.slice(0, 4).join(", ")},
                   ${names.slice(4).join(", ")}
  --against FOLDER The dnsfwd of another checkout takes part as well, for what a
                   change costs
  --queries N      Send N queries through dnsfwd at the end and print its resident
                   size after each tenth (default: ${NUMBERS.queries})
  -h, --help       Show this help`;
}

/** Throws an `Error` that says what is wrong and what is allowed; `names` are those of all contenders. */
export function parseOptions(args: readonly string[], names: readonly string[]): Options {
  const values = parseArgs(args, {
    string: [...Object.keys(NUMBERS), "only", "against"],
    boolean: ["help"],
    alias: { help: "h" },
    unknown: (argument) => {
      throw new Error(`Unknown option "${argument}"; see deno task bench --help`);
    },
  });
  return {
    help: values.help === true,
    seconds: parseNumber("seconds", values.seconds, 0.1),
    rounds: Math.ceil(parseNumber("rounds", values.rounds, 1)),
    queries: parseNumber("queries", values.queries, 0),
    names: values.only === undefined ? names : parseNames(String(values.only), names),
    ...values.against === undefined ? {} : { against: String(values.against) },
  };
}

function parseNumber(name: keyof typeof NUMBERS, value: unknown, minimum: number): number {
  if (value === undefined) return NUMBERS[name];
  const number = value === "" ? NaN : Number(value);
  if (number >= minimum && Number.isFinite(number)) return number;
  throw new Error(`--${name} "${value}": a number from ${minimum} on is needed`);
}

function parseNames(list: string, names: readonly string[]): string[] {
  const chosen = list.split(",");
  const wrong = chosen.find((name) => !names.includes(name));
  if (wrong === undefined) return names.filter((name) => chosen.includes(name));
  throw new Error(`--only "${wrong}": allowed are ${names.join(", ")}`);
}
