/**
 * Work on files that is written down once and done in one of two ways: at once, where the program has nothing else
 * to do, or without waiting for the disk, where it serves others meanwhile.
 *
 *     function* work(): Steps<number> { ... yield* openFile(...) ... }   runNow(work())   await runLater(work())
 */

/** A call of the system, in both ways. */
interface Step {
  readonly now: () => unknown;
  readonly later: () => Promise<unknown>;
}

/** Work that comes to a `T`; it throws what the system says. */
export type Steps<T> = Generator<Step, T, unknown>;

/** Does it at once: waits for the disk. */
export function runNow<T>(steps: Steps<T>): T {
  let result = steps.next();
  while (!result.done) {
    let value: unknown;
    try {
      value = result.value.now();
    } catch (error) {
      result = steps.throw(error);
      continue;
    }
    result = steps.next(value);
  }
  return result.value;
}

/** Does it in threads of the runtime: nothing waits but who asks. */
export async function runLater<T>(steps: Steps<T>): Promise<T> {
  let result = steps.next();
  while (!result.done) {
    let value: unknown;
    try {
      value = await result.value.later();
    } catch (error) {
      result = steps.throw(error);
      continue;
    }
    result = steps.next(value);
  }
  return result.value;
}

export function* openFile(path: string, options: Deno.OpenOptions): Steps<Deno.FsFile> {
  return (yield {
    now: () => Deno.openSync(path, options),
    later: () => Deno.open(path, options),
  }) as Deno.FsFile;
}

export function* makeDirectory(path: string, options: Deno.MkdirOptions): Steps<void> {
  yield { now: () => Deno.mkdirSync(path, options), later: () => Deno.mkdir(path, options) };
}

/** What a file is that is open. */
export function* statOpen(file: Deno.FsFile): Steps<Deno.FileInfo> {
  return (yield { now: () => file.statSync(), later: () => file.stat() }) as Deno.FileInfo;
}

/** Of the file that a path leads to; undefined where there is none, whatever the reason: opening it tells. */
export function* statAt(path: string): Steps<Deno.FileInfo | undefined> {
  const { NotADirectory, NotFound, PermissionDenied } = Deno.errors;
  try {
    return (yield {
      now: () => Deno.statSync(path),
      later: () => Deno.stat(path),
    }) as Deno.FileInfo;
  } catch (error) {
    if ([NotADirectory, NotFound, PermissionDenied].some((each) => error instanceof each)) return;
    throw error;
  }
}

/** Where a link leads to; undefined where there is none. */
export function* linkAt(path: string): Steps<string | undefined> {
  const { NotFound } = Deno.errors;
  try {
    const { isSymlink } = (yield {
      now: () => Deno.lstatSync(path),
      later: () => Deno.lstat(path),
    }) as Deno.FileInfo;
    if (!isSymlink) return undefined;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
  return (yield { now: () => Deno.readLinkSync(path), later: () => Deno.readLink(path) }) as string;
}

export function* emptyFile(file: Deno.FsFile): Steps<void> {
  yield { now: () => file.truncateSync(0), later: () => file.truncate(0) };
}

/** Returns how many of the octets, at least one, were written. */
export function* writeSome(file: Deno.FsFile, octets: Uint8Array): Steps<number> {
  return (yield { now: () => file.writeSync(octets), later: () => file.write(octets) }) as number;
}

export function* realPath(path: string): Steps<string> {
  return (yield { now: () => Deno.realPathSync(path), later: () => Deno.realPath(path) }) as string;
}

export function* rename(from: string, to: string): Steps<void> {
  yield { now: () => Deno.renameSync(from, to), later: () => Deno.rename(from, to) };
}
