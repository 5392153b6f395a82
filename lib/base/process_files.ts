/**
 * Files, directories and links in which the kernel tells of processes (proc(5)). They are read through the C
 * library as by `system_file.ts`, and for the same reason, but it is closed again.
 */

import { openClosableCLibrary } from "./open_c_library.ts";

const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** O_DIRECTORY; and for reading, not for programs that are started. */
const DIRECTORY = Deno.build.arch === "aarch64" ? 0o40_000 : 0o200_000;
const OPEN_FLAGS = 0o2_000_000;
const PART = 32_768;
const MAX_LINK = 256;
/** Octets of a file at most, as nobody knows its length before. */
const MOST = 16 * 1024 * 1024;
/** `struct linux_dirent64`: octets to the length of a record, and to its name. */
const RECORD_LENGTH = 16;
const NAME = 19;

export class ProcessFiles {
  readonly #library: Deno.DynamicLibrary<typeof SYMBOLS>;
  readonly #symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  readonly #part = new Uint8Array(PART);
  readonly #link = new Uint8Array(MAX_LINK);

  private constructor(library: Deno.DynamicLibrary<typeof SYMBOLS>) {
    this.#library = library;
    this.#symbols = library.symbols;
  }

  /** Undefined where there is no C library, or it may not be opened. */
  static open(): ProcessFiles | undefined {
    try {
      return new ProcessFiles(openClosableCLibrary(SYMBOLS));
    } catch {
      // The caller does without.
      return undefined;
    }
  }

  /** The text of a file; empty where it cannot be read. */
  text(path: string): string {
    const decoder = new TextDecoder();
    let text = "";
    this.#read(path, OPEN_FLAGS, this.#symbols.read, (part) => {
      text += decoder.decode(part, { stream: true });
    });
    return text + decoder.decode();
  }

  /** The names in the directory; undefined where it cannot be read. */
  names(path: string): readonly string[] | undefined {
    const names: string[] = [];
    const isOpen = this.#read(path, OPEN_FLAGS | DIRECTORY, this.#symbols.getdents64, (part) => {
      this.#collect(part.length, names);
    });
    return isOpen ? names : undefined;
  }

  /** What a symbolic link says, of 256 octets at most; empty where it cannot be read. */
  link(path: string): string {
    const length = Number(
      this.#symbols.readlink(terminated(path), this.#link, BigInt(MAX_LINK)),
    );
    return new TextDecoder().decode(this.#link.subarray(0, Math.max(0, length)));
  }

  close(): void {
    this.#library.close();
  }

  /** Calls `next` until nothing more comes; whether the file could be opened. */
  #read(
    path: string,
    flags: number,
    next: (descriptor: number, buffer: Uint8Array<ArrayBuffer>, length: bigint) => bigint,
    take: (part: Uint8Array) => void,
  ): boolean {
    const descriptor = this.#symbols.open(terminated(path), flags);
    if (descriptor < 0) return false;
    for (let total = 0; total < MOST;) {
      const length = Number(next(descriptor, this.#part, BigInt(PART)));
      if (length <= 0) break;
      total += length;
      take(this.#part.subarray(0, length));
    }
    this.#symbols.close(descriptor);
    return true;
  }

  #collect(length: number, names: string[]): void {
    const view = new DataView(this.#part.buffer);
    for (let at = 0; at < length; at += view.getUint16(at + RECORD_LENGTH, true)) {
      const end = this.#part.indexOf(0, at + NAME);
      names.push(new TextDecoder().decode(this.#part.subarray(at + NAME, end)));
    }
  }
}

function terminated(path: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${path}\0`);
}
