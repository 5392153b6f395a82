/** How to run this very program again: the executable, or deno with the file and what it may do. */

import { START_TASK } from "../version.ts";

/** The words before the arguments. */
export function ownProgram(): string[] {
  if (Deno.build.standalone) return [Deno.execPath()];
  return [Deno.execPath(), ...START_TASK.slice(1, -1), Deno.mainModule];
}

/** The same for a line of limited length, where it takes a little longer. */
export function ownProgramInShort(): string[] {
  if (Deno.build.standalone) return [Deno.execPath()];
  const folder = decodeURIComponent(new URL(".", Deno.mainModule).pathname).replace(/(.)\/$/, "$1");
  return [Deno.execPath(), "task", "--quiet", "--cwd", folder, "start"];
}
