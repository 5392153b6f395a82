/** Whether lines can be appended to a file, which is not made. */

import { tryDirectory } from "../state_directory.ts";

/** Throws an `Error` that says why not, for `reasonOf()`. */
export function tryAppending(path: string): void {
  const there = statOf(path);
  // Opening a pipe would wait for whoever reads from it.
  if (there?.isFifo) throw new Error("it is a pipe");
  if (there?.isDirectory) throw new Error("it is a directory");
  if (there) return Deno.openSync(path, { append: true }).close();
  const directory = path.replace(/\/*[^/]*$/, "") || (path.startsWith("/") ? "/" : ".");
  // Which would be made otherwise.
  if (!statOf(directory)?.isDirectory) throw new Error(`there is no directory ${directory}`);
  tryDirectory(directory);
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
