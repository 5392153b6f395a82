/** Whether lines can be appended to a file, which is not made. */

import { tryDirectory } from "../state_directory.ts";

/** Throws an `Error` that says why not, for `reasonOf()`. */
export function tryAppending(path: string): void {
  const there = statOf(path);
  if (there?.isDirectory) throw new Error("it is a directory");
  // Opening a pipe only to write would wait until another process opens it to read (fifo(7)).
  if (there) return Deno.openSync(path, { append: true, read: there.isFifo === true }).close();
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
