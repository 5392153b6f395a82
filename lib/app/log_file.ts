/**
 * The log file of a program that runs for years: lines are appended, each in one go. It is opened again when
 * it was renamed or deleted (logrotate(8)) and on `reopen()`. What cannot be written is counted and left out,
 * told once, and tried again with a line that comes ten seconds later or more: nothing depends on the log.
 *
 * One that is full is renamed, and where that cannot be it is emptied, so that it never fills the disk.
 */

import type { Clock } from "../base/clock.ts";
import { NO_ROTATION, type Rotation, shiftFiles } from "./log_rotation.ts";
import {
  emptyFile,
  linkAt,
  makeDirectory,
  openFile,
  runLater,
  runNow,
  statAt,
  statOpen,
  type Steps,
  writeSome,
} from "./steps.ts";
import { isDescriptor } from "./stream_path.ts";
import { reasonOf } from "./system_error.ts";

/** Readable for the group, such as Debian's adm. */
const MODE = 0o640;
const WHAT = "log file";
const DIRECTORY_MODE = 0o700;
/** Milliseconds until the next attempt after one that failed. */
const RETRY = 10_000;
/** Milliseconds for which a file that was seen in its place is taken to be there. */
const LOOK = 1000;
const LINE_END = 10;
/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;

export interface LogFileOptions {
  readonly clock: Clock;
  /** Makes a line, without its end, of a text of ours that is a warning. */
  readonly warning: (text: string) => string;
  /** Told why lines cannot be written, once until they can be again. */
  readonly onFailure: (text: string) => void;
  /** Told whenever the file was opened. */
  readonly onOpen?: () => void;
  /** What texts call it; `log file` unless told otherwise. */
  readonly what?: string;
  /** The mode of one that is made; readable for the group unless told otherwise. */
  readonly mode?: number;
  /** Whether to make its directory, for the user alone, should it be missing. */
  readonly makesDirectory?: boolean;
  /** Whether it may be a pipe: only where all lines come by `append()`, as a full pipe holds up `write()`. */
  readonly isPipeAllowed?: boolean;
  /** Whether to leave opening it to `reopenLater()` or the first lines. */
  readonly isOpenedLater?: boolean;
  /** Unless told otherwise, it grows. */
  readonly rotation?: Rotation;
}

export class LogFile {
  readonly path: string;
  /** May be changed at any time. */
  rotation: Rotation;
  readonly #options: LogFileOptions;
  readonly #encoder = new TextEncoder();
  #file: Deno.FsFile | undefined;
  #looked = -Infinity;
  #failed = -Infinity;
  #problem = "";
  #lost = 0;
  #isMade = false;
  /** Whether the last line has no end, as the disk was full. */
  #isTorn = false;
  #isPipe = false;
  /** How often it was closed. */
  #closed = 0;
  /** Octets in the file, as far as we know: others may have emptied it. */
  #size = 0;

  /** Opens the file, unless that is left for later; that it cannot be is told like a line that cannot be written. */
  constructor(path: string, options: LogFileOptions) {
    this.path = path;
    this.#options = options;
    this.rotation = options.rotation ?? NO_ROTATION;
    if (!options.isOpenedLater) this.reopen();
  }

  /** Appends a line, given without its end. Never throws. */
  write(line: string): void {
    const now = this.#options.clock.now();
    if (now - this.#failed < RETRY) {
      this.#lost++;
      return;
    }
    try {
      runNow(this.#append(line, now));
      this.#failed = -Infinity;
    } catch (error) {
      this.#lost++;
      this.#fail(error);
    }
  }

  /**
   * Appends whole lines without waiting for the disk; resolves with how many octets of them are in the file, which
   * are whole lines as well. Never rejects. `lines` is borrowed until then, and nothing else may be called but
   * `close()`.
   */
  async append(lines: Uint8Array): Promise<number> {
    const now = this.#options.clock.now();
    if (now - this.#failed < RETRY) return 0;
    let written = 0;
    try {
      const file = await runLater(this.#current(now, lines.length));
      if (this.#isTorn) await file.write(Uint8Array.of(LINE_END));
      this.#isTorn = false;
      while (written < lines.length) written += await file.write(lines.subarray(written));
      this.#size += written;
      this.#failed = -Infinity;
      this.#problem = "";
      return written;
    } catch (error) {
      if (error instanceof Closed) return 0;
      this.#fail(error);
      const whole = lines.subarray(0, written).lastIndexOf(LINE_END) + 1;
      await this.#withdraw(written - whole);
      return whole;
    }
  }

  /** Opens the file that has the name now; goes on in the old one where that cannot be. */
  reopen(): void {
    try {
      runNow(this.#replace());
      this.#failed = -Infinity;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The same without waiting for the disk. Never rejects; nothing else may be called meanwhile but `close()`. */
  async reopenLater(): Promise<void> {
    try {
      await runLater(this.#replace());
      this.#failed = -Infinity;
    } catch (error) {
      if (!(error instanceof Closed)) this.#fail(error);
    }
  }

  /** Why the last lines could not be written; empty if they could. */
  get problem(): string {
    return this.#problem;
  }

  /** Whether it was a pipe when it was last opened. */
  get isPipe(): boolean {
    return this.#isPipe;
  }

  /** Whether this run has made the file that has the name. */
  get isMade(): boolean {
    return this.#isMade;
  }

  close(): void {
    this.#closed++;
    this.#file?.close();
    this.#file = undefined;
  }

  *#append(line: string, now: number): Steps<void> {
    const file = yield* this.#current(now, this.#encoder.encode(line).length + 1);
    yield* this.#writeLost(file);
    yield* this.#writeAll(file, line);
    this.#problem = "";
  }

  /** The file to write so many octets to: opened again if it was renamed or deleted, another if it is full. */
  *#current(now: number, length: number): Steps<Deno.FsFile> {
    if (now - this.#looked >= LOOK) {
      this.#looked = now;
      if (!(yield* this.#isInPlace())) yield* this.#replace();
    }
    yield* this.#makeRoom(this.#file ?? (yield* this.#open()), length);
    return this.#file ?? (yield* this.#open());
  }

  /** Takes back the last octets, the beginning of a line; what cannot be cut gets an end later. */
  async #withdraw(octets: number): Promise<void> {
    if (octets === 0 || this.#file === undefined) return;
    try {
      const { size } = await this.#file.stat();
      await this.#file.truncate(size - octets);
    } catch {
      this.#isTorn = true;
    }
  }

  /** For so many octets, by rotation, if the file is full. */
  *#makeRoom(file: Deno.FsFile, length: number): Steps<void> {
    if (!this.#isFull(length)) return;
    const { isFile, size } = yield* statOpen(file);
    this.#size = isFile ? size : 0;
    if (!this.#isFull(length)) return;
    if (yield* this.#isInPlace()) return yield* this.#rotate(file);
    // Somebody else is rotating.
    yield* this.#replace();
    // A file that was renamed and cannot be replaced is gone on in, but not for ever.
    if (this.#file === file && this.#isFull(length - this.rotation.maxSize)) {
      yield* this.#empty(file);
    }
  }

  #isFull(length: number): boolean {
    const { maxSize } = this.rotation;
    return maxSize > 0 && !isDescriptor(this.path) && this.#size > 0 &&
      this.#size + length > maxSize;
  }

  *#rotate(file: Deno.FsFile): Steps<void> {
    const { keep } = this.rotation;
    if (keep === 0) return yield* this.#empty(file);
    try {
      yield* shiftFiles(this.path, keep);
    } catch (error) {
      yield* this.#empty(file);
      const text = `Older lines are gone, as this file cannot be renamed: ${reasonOf(error)}`;
      return yield* this.#writeAll(file, this.#options.warning(text));
    }
    yield* this.#replace();
  }

  *#empty(file: Deno.FsFile): Steps<void> {
    yield* emptyFile(file);
    this.#size = 0;
    this.#isTorn = false;
  }

  /** Lines that are missing are told where they would have been. */
  *#writeLost(file: Deno.FsFile): Steps<void> {
    if (this.#lost === 0) return;
    const lines = this.#lost === 1 ? "One line is" : `${this.#lost} lines are`;
    yield* this.#writeAll(file, this.#options.warning(`${lines} missing here: ${this.#problem}`));
    this.#lost = 0;
  }

  *#writeAll(file: Deno.FsFile, line: string): Steps<void> {
    const octets = this.#encoder.encode(`${this.#isTorn ? "\n" : ""}${line}\n`);
    for (let written = 0; written < octets.length;) {
      const count = yield* writeSome(file, octets.subarray(written));
      written += count;
      this.#size += count;
      this.#isTorn = octets[written - 1] !== LINE_END;
    }
  }

  /** Who may write to a file that is open may not make another: then the old one is better than none. */
  *#replace(): Steps<void> {
    const old = this.#file;
    try {
      yield* this.#open();
      old?.close();
    } catch (error) {
      if (error instanceof Closed) throw error;
      if (old !== undefined && ((yield* statOpen(old)).nlink ?? 0) > 0) {
        this.#looked = this.#options.clock.now();
        return;
      }
      this.close();
      throw error;
    }
  }

  *#open(): Steps<Deno.FsFile> {
    const { isPipeAllowed = false, mode = MODE } = this.#options;
    const closed = this.#closed;
    const there = yield* statAt(this.path);
    if (this.#options.makesDirectory) {
      const options = { recursive: true, mode: DIRECTORY_MODE };
      yield* makeDirectory(this.path.replace(/[^/]*$/, ""), options);
    }
    const path = there === undefined ? yield* targetOf(this.path) : this.path;
    if (there?.isFifo && !isPipeAllowed) throw new Error("it is a pipe");
    // Opening a pipe only to write would wait until another process opens it to read (fifo(7)).
    const read = this.#isPipe = there?.isFifo === true;
    const file = yield* openFile(path, { append: true, create: true, mode, read });
    if (this.#closed !== closed) {
      file.close();
      throw new Closed();
    }
    this.#file = file;
    this.#isMade ||= there === undefined;
    this.#isTorn = false;
    this.#size = there?.isFile ? there.size : 0;
    this.#looked = this.#options.clock.now();
    this.#options.onOpen?.();
    return file;
  }

  /** Whether the name is still that of the open file. */
  *#isInPlace(): Steps<boolean> {
    const named = yield* statAt(this.path);
    const open = this.#file && (yield* statOpen(this.#file));
    return named?.ino === open?.ino && named?.dev === open?.dev;
  }

  #fail(error: unknown): void {
    const hasTold = this.#problem !== "";
    this.#problem = reasonOf(error);
    this.#failed = this.#options.clock.now();
    if (!hasTold) {
      const { onFailure, what = WHAT } = this.#options;
      onFailure(`Cannot write the ${what} ${this.path}: ${this.#problem}`);
    }
  }
}

/** It was closed while it was being opened. */
class Closed extends Error {}

/** Where a link leads to that leads to no file: the runtime makes none through it unless it may do all. */
function* targetOf(path: string): Steps<string> {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const next = yield* linkAt(target);
    if (next === undefined) return target;
    target = next.startsWith("/") ? next : target.replace(/[^/]*$/, "") + next;
  }
  return path;
}
