/**
 * flock(2) on an open file, without waiting. Runtimes before 2.7 cannot do that, and the one that a compiled
 * program stands on may be such: there the C library does it, on a descriptor of its own.
 */

import { openCLibrary } from "../../base/open_c_library.ts";

const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** For reading, which is enough for a lock, and not for programs that are started. */
const OPEN_FLAGS = 0o2_000_000;
const Operation = { SHARED: 1, EXCLUSIVE: 2, NOT_WAITING: 4 } as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Kept, as opening it takes a permission that is given up. */
let library: Library | undefined;

/**
 * Locks `file`, which has the name `path`; undefined: another process holds the lock. What is returned gives it
 * up, once the file is closed as well. Throws where the runtime cannot lock, and there is no C library.
 */
export function lockFile(
  file: Deno.FsFile,
  path: string,
  isExclusive: boolean,
): (() => void) | undefined {
  const { tryLockSync } = file as Partial<Deno.FsFile>;
  if (tryLockSync === undefined) return lockByLibrary(path, isExclusive);
  return tryLockSync.call(file, isExclusive) ? () => {/* goes with the file */} : undefined;
}

/** To be called before the permission for the C library is given up, for locks that are to be taken later. */
export function prepareLocks(): void {
  if (!("tryLockSync" in Deno.FsFile.prototype)) library ??= openCLibrary(SYMBOLS);
}

/** The same in every runtime. */
export function lockByLibrary(path: string, isExclusive: boolean): (() => void) | undefined {
  const { close, flock, open } = library ??= openCLibrary(SYMBOLS);
  const descriptor = open(new TextEncoder().encode(`${path}\0`), OPEN_FLAGS);
  if (descriptor < 0) throw new Deno.errors.NotFound(`${path} cannot be opened`);
  const { EXCLUSIVE, NOT_WAITING, SHARED } = Operation;
  const isTaken = flock(descriptor, NOT_WAITING | (isExclusive ? EXCLUSIVE : SHARED)) === 0;
  if (isTaken) return () => void close(descriptor);
  close(descriptor);
  return undefined;
}
