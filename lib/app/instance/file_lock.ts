/**
 * A lock that ends with the process that holds it, however that ends (flock(2)). The file stays: if it were
 * removed, one process could hold the lock of the removed file and another that of the next.
 */

import { lockFile } from "./lock_file.ts";

/** Milliseconds between two attempts to take a lock, and how many of them. */
const PAUSE = 5;
const ATTEMPTS = 5;
const FILE_MODE = 0o600;
/** Octets; what is looked for in a file is a process ID, and a word. */
const MAX_LENGTH = 64;

export class FileLock {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  #unlock: (() => void) | undefined;

  private constructor(file: Deno.FsFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Takes the lock of a file, which is made unless it is there; undefined: another process holds it. */
  static take(path: string): FileLock | undefined {
    let isLost = false;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      // Held for a moment by whoever looks whether it is held.
      if (attempt > 1) pause();
      const lock = new FileLock(open(path), path);
      lock.#unlock = lockFile(lock.#file, path, true);
      const isTaken = lock.#unlock !== undefined;
      if (isTaken && lock.isInPlace()) return lock;
      isLost = isTaken;
      lock.release();
    }
    if (isLost) throw new Error(`${path} has several names, or is removed again and again`);
    return undefined;
  }

  /** The first line of the file if a process holds its lock, "" if it has none; undefined: none does. */
  static lineIfHeld(path: string): string | undefined {
    try {
      using file = Deno.openSync(path, { read: true });
      for (let attempt = 1;; attempt++) {
        // Shared, so that several can look at a time.
        const unlock = lockFile(file, path, false);
        if (unlock) return void unlock();
        const [line] = linesIn(file);
        // Whoever has just taken it is about to write.
        if (line !== "" || attempt === ATTEMPTS) return line;
        pause();
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Whether the file still has its name: else another process can take the lock. */
  isInPlace(): boolean {
    try {
      const { dev, ino, isFile, nlink } = Deno.lstatSync(this.#path);
      const own = this.#file.statSync();
      // Neither a link of any kind: what it leads to is not ours to write to.
      return isFile && nlink === 1 && ino === own.ino && dev === own.dev;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** The whole lines at the beginning of the file, "" if there are none. */
  read(): readonly string[] {
    return linesIn(this.#file);
  }

  /** Replaces what stands in the file: whoever reads it meanwhile finds the new first line or the old one. */
  write(text: string): void {
    const octets = new TextEncoder().encode(text);
    this.#file.seekSync(0, Deno.SeekMode.Start);
    for (let written = 0; written < octets.length;) {
      written += this.#file.writeSync(octets.subarray(written));
    }
    this.#file.truncateSync(octets.length);
  }

  release(): void {
    this.#file.close();
    this.#unlock?.();
  }
}

/** A new file is made only where there is nothing, not even a link that leads to nothing. */
function open(path: string): Deno.FsFile {
  try {
    if (!Deno.lstatSync(path).isFile) throw new Error(`${path} is no file`);
    return Deno.openSync(path, { read: true, write: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  try {
    return Deno.openSync(path, { read: true, write: true, createNew: true, mode: FILE_MODE });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return Deno.openSync(path, { read: true, write: true });
  }
}

/** Those that are whole; "" if there are none. */
function linesIn(file: Deno.FsFile): string[] {
  const octets = new Uint8Array(MAX_LENGTH);
  file.seekSync(0, Deno.SeekMode.Start);
  const length = file.readSync(octets) ?? 0;
  const text = new TextDecoder().decode(octets.subarray(0, length));
  return text.slice(0, Math.max(0, text.lastIndexOf("\n"))).split("\n");
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
}
