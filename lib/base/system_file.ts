/**
 * Reads files in which the kernel tells of the machine (proc(5)). The runtime (Deno 2.9.6) lets only a program
 * with every permission read them, so the C library does.
 */

import { openCLibrary } from "./open_c_library.ts";

const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** For reading, and not for programs that are started. */
const OPEN_FLAGS = 0o2_000_000;
/** Octets read at a time; and of a file at most, as nobody knows its length before. */
const PART = 65_536;
const MOST = 16 * 1024 * 1024;

/** Kept, as opening it takes a permission that is given up. */
let library: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] | undefined;

/** The text of the file; undefined where it is not there, or cannot be read, or there is no C library. */
export function readSystemFile(path: string): string | undefined {
  const symbols = openedLibrary();
  const descriptor = symbols?.open(new TextEncoder().encode(`${path}\0`), OPEN_FLAGS) ?? -1;
  if (symbols === undefined || descriptor < 0) return undefined;
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(PART);
  let text = "";
  for (let total = 0; total < MOST;) {
    const length = Number(symbols.read(descriptor, buffer, BigInt(PART)));
    if (length <= 0) break;
    total += length;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  symbols.close(descriptor);
  return text + decoder.decode();
}

function openedLibrary(): typeof library {
  try {
    return library ??= openCLibrary(SYMBOLS);
  } catch {
    // The caller does without what the file would tell.
    return undefined;
  }
}
