/**
 * A process whose wall clock a test sets, by libfaketime: the time is read from a file at each look, and the
 * monotonic clock is left alone. What the process starts itself has the same clock.
 */

import { findProgram } from "./real_peer.ts";

/** Where distributions put the library. */
const FOLDERS = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib"];
const LIBRARY = "faketime/libfaketime.so.1";

export class WrongClock implements AsyncDisposable {
  readonly #file: string;
  readonly #library: string;

  /** A clock that stands at `time` when the process starts, and goes on from there. */
  static async at(time: Date): Promise<WrongClock> {
    const library = findLibrary();
    if (library === undefined) throw new Error(`No ${LIBRARY}`);
    const file = await Deno.makeTempFile({ prefix: "dnsfwd-clock-" });
    const clock = new WrongClock(file, library);
    await clock.set(time);
    return clock;
  }

  private constructor(file: string, library: string) {
    this.#file = file;
    this.#library = library;
  }

  /** The command that runs a program with this clock. */
  get prefix(): string[] {
    return [
      "env",
      `LD_PRELOAD=${this.#library}`,
      `FAKETIME_TIMESTAMP_FILE=${this.#file}`,
      "FAKETIME_NO_CACHE=1",
      "FAKETIME_DONT_FAKE_MONOTONIC=1",
      "TZ=UTC",
    ];
  }

  /** Sets the clock; it goes on from there. */
  async set(time: Date): Promise<void> {
    const seconds = Math.round((time.getTime() - Date.now()) / 1000);
    await this.#write(seconds < 0 ? `${seconds}` : `+${seconds}`);
  }

  /** Sets the clock to the real time. */
  async setRight(): Promise<void> {
    await this.#write("+0");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#file);
  }

  /** By another file that takes the name: one that is being written would be read as it is. */
  async #write(offset: string): Promise<void> {
    const next = `${this.#file}.new`;
    await Deno.writeTextFile(next, `${offset}\n`);
    await Deno.rename(next, this.#file);
  }
}

function findLibrary(): string | undefined {
  if (findProgram("faketime") === undefined) return undefined;
  for (const folder of FOLDERS) {
    for (const each of ["", ...subfolders(folder)]) {
      const path = `${folder}/${each}/${LIBRARY}`;
      if (isThere(path)) return path;
    }
  }
  return undefined;
}

function subfolders(folder: string): string[] {
  if (!isThere(folder)) return [];
  const entries = Array.from(Deno.readDirSync(folder));
  return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
