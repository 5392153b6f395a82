/** The commands that end by themselves, run with an authority to trust. */

import type { Authority } from "./certificate.ts";
import { type Exit, runProgram } from "./program.ts";

/** Runs the program with `--ca` for an authority, the last of the arguments. */
export async function runTrusting(authority: Authority, ...args: string[]): Promise<Exit> {
  const file = await Deno.makeTempFile({ prefix: "dnsfwd-", suffix: ".pem" });
  try {
    await Deno.writeTextFile(file, authority.pem);
    return await runProgram([...args, "--ca", file]);
  } finally {
    await Deno.remove(file);
  }
}
