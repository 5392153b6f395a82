/** The options of `deno task release`, checked before anything is built. */

import { parseArgs } from "@std/cli/parse-args";
import { TARGETS } from "./targets.ts";

export interface Options {
  readonly help: boolean;
  readonly targets: readonly string[];
  /** The tag that the version is to have. */
  readonly tag: string | undefined;
  /** Print what the changelog says of the version, and nothing else. */
  readonly notes: boolean;
}

export const HELP = `Usage: deno task release [OPTION]...

Builds the program for all targets into dist/release/: for each an executable and an
archive of it with documentation, and the checksums of all.

Options:
  --target TARGET  Only this one; may be repeated. Targets:
${TARGETS.map((target) => `                   ${target}`).join("\n")}
  --tag TAG        Refuse unless TAG is that of the version
  --notes          Print what CHANGELOG.md says of the version; build nothing
  -h, --help       Show this help

Exit codes: 0 all is built, 1 something is not, 2 wrong usage.`;

/** Throws an `Error` that says what is wrong and what is allowed. */
export function parseOptions(args: readonly string[]): Options {
  const { help, notes, tag, target } = parseArgs(args, {
    string: ["target", "tag"],
    boolean: ["help", "notes"],
    collect: ["target"],
    alias: { help: "h" },
    unknown: (argument) => {
      throw new Error(`Unknown option "${argument}"; see deno task release --help`);
    },
  });
  const chosen = (target ?? []) as string[];
  const wrong = chosen.find((each) => !TARGETS.includes(each));
  if (wrong !== undefined) {
    throw new Error(`--target "${wrong}": allowed are ${TARGETS.join(", ")}`);
  }
  return {
    help: help === true,
    targets: chosen.length === 0 ? TARGETS : TARGETS.filter((each) => chosen.includes(each)),
    tag: tag as string | undefined,
    notes: notes === true,
  };
}
