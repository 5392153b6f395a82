/**
 * The directory for what is worth keeping from one run to the next. Nothing depends on it: what cannot be
 * kept is told once, and the program goes on without.
 *
 * Files are small texts. They are replaced as a whole, by a new file that takes the name of the old one
 * (rename(2)), so that a crash leaves the one or the other. Nothing is made before the first write.
 */

import type { Logger } from "../base/log.ts";
import { reasonOf } from "./system_error.ts";

/** Nobody else is to see which names were asked for, or to change what is believed at the next start. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
/** The files of all that is kept, those put aside or about to take a name, and the trial of a directory. */
const STATE_FILE = /^((addresses\.json|last-known-time)(\.bad|\.\d+\.new)?|\.\d+\.trial)$/;
/** Octets of a file, many times what any of them has. */
const MAX_LENGTH = 65_536;

/** Makes the directory unless it is there, and tries it; throws an error, for `reasonOf()`, if it cannot be used. */
export function tryDirectory(path: string): void {
  const trial = `${path}/.${Deno.pid}.trial`;
  makeDirectory(path);
  removeIfThere(trial);
  Deno.writeTextFileSync(trial, "", { mode: FILE_MODE, createNew: true });
  Deno.removeSync(trial);
}

/** Whether `name` is one that the program gives to files in its state directory. */
export function isStateFile(name: string): boolean {
  return STATE_FILE.test(name);
}

export class StateDirectory {
  readonly #path: string | undefined;
  readonly #log: Logger;
  #hasTold = false;
  /** What is being written, one file after the other. */
  #writing: Promise<void> = Promise.resolve();

  /** Without a path nothing is read or written. */
  constructor(path: string | undefined, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** Whether anything is kept at all. */
  get isUsed(): boolean {
    return this.#path !== undefined;
  }

  /** The text of a file, if there is one that can be read. */
  read(name: string): string | undefined {
    if (this.#path === undefined) return undefined;
    try {
      return readFile(`${this.#path}/${name}`, name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) this.#tell("read", error);
      return undefined;
    }
  }

  /** Replaces a file. Resolves once that is done, or told that it cannot be; never rejects. */
  write(name: string, text: string): Promise<void> {
    const path = this.#path;
    if (path === undefined) return Promise.resolve();
    const write = () => replaceFile(path, name, text).catch((error) => this.#tell("write", error));
    return this.#writing = this.#writing.then(write);
  }

  /** A file has content that makes no sense, because of `reason`: it is renamed, and the log says so. */
  putAside(name: string, reason: string): void {
    if (this.#path === undefined) return;
    const file = `${this.#path}/${name}`;
    try {
      Deno.renameSync(file, `${file}.bad`);
      this.#log.warning(`Put aside ${file} as ${name}.bad: ${reason}`);
    } catch (error) {
      this.#log.warning(`Not using ${file}: ${reason}`);
      this.#tell("write", error);
    }
  }

  /** Resolves once nothing is being written. */
  settled(): Promise<void> {
    return this.#writing;
  }

  #tell(verb: "read" | "write", error: unknown): void {
    const text = `Cannot ${verb} in the state directory ${this.#path}: ${reasonOf(error)}`;
    if (this.#hasTold) return this.#log.debug(text);
    this.#hasTold = true;
    this.#log.warning(`${text}; going on without (--state-dir DIR chooses another)`);
  }
}

async function replaceFile(directory: string, name: string, text: string): Promise<void> {
  makeDirectory(directory);
  const file = `${directory}/${name}`;
  // The process ID keeps programs that share the directory apart.
  const next = `${file}.${Deno.pid}.new`;
  try {
    await writeFile(next, text);
    await Deno.rename(next, file);
  } catch (error) {
    await Deno.remove(next).catch(
      () => {/* it may not even be there; the first error is what matters */},
    );
    throw error;
  }
}

/** Opening a pipe would wait for a process that writes to it, and a device may never end. */
function readFile(path: string, name: string): string {
  const { isFile, size } = Deno.statSync(path);
  if (!isFile) throw new Error(`${name} is no file`);
  if (size > MAX_LENGTH) throw new Error(`${name} is too large`);
  return Deno.readTextFileSync(path);
}

/**
 * The octets are on the disk when this resolves: else a power failure could leave the new name and no content.
 * The file is a new one: what has the name already may be a link to a file that is not ours.
 */
async function writeFile(path: string, text: string): Promise<void> {
  removeIfThere(path);
  using file = await Deno.open(path, { write: true, createNew: true, mode: FILE_MODE });
  const octets = new TextEncoder().encode(text);
  for (let written = 0; written < octets.length;) {
    written += await file.write(octets.subarray(written));
  }
  await file.sync();
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function makeDirectory(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
}
