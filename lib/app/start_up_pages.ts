/**
 * Gives back the memory that only starting needed. Loading and compiling touch some forty megabytes of the
 * runtime's own file, code and constants, most of which are never looked at again; they would stay in the
 * resident size for as long as the program runs.
 *
 * madvise(2) takes the pages of the file's read-only segments from the process. They stay in the system's
 * page cache as long as it has room, so that what is needed again comes back without reading the disk.
 */

import type { Clock, Timer } from "../base/clock.ts";
import { openCLibrary } from "../base/open_c_library.ts";

const SYMBOLS = {
  getauxval: { parameters: ["u64"], result: "u64" },
  copyFrom: { name: "memmove", parameters: ["buffer", "u64", "usize"], result: "void" },
  madvise: { parameters: ["u64", "usize", "i32"], result: "i32" },
} as const;

/** Entries of the auxiliary vector (getauxval(3)). */
const Auxiliary = { PROGRAM_HEADERS: 3n, ENTRY_LENGTH: 4n, COUNT: 5n, PAGE_SIZE: 6n } as const;
/** A program header of a 64-bit file (elf(5)): types, a flag, and offsets of fields. */
const Segment = { LOAD: 1, PROGRAM_HEADERS: 6 } as const;
const WRITABLE = 2;
const Field = { TYPE: 0, FLAGS: 4, ADDRESS: 16, LENGTH: 40 } as const;
const MADV_DONTNEED = 4;

/** Milliseconds: from one time to the next it takes twice as long, as what is rare gets rarer. */
const FIRST = 1000;
const LAST = 3_600_000;

/** Memory from `start` to `end`, whole pages. */
interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

export class StartUpPages {
  readonly #madvise: (start: bigint, length: bigint, advice: number) => number;
  readonly #ranges: readonly Range[];
  #timer: Timer | undefined;

  private constructor(
    madvise: (start: bigint, length: bigint, advice: number) => number,
    ranges: readonly Range[],
  ) {
    this.#madvise = madvise;
    this.#ranges = ranges;
  }

  /** Finds the segments; throws an `Error` that says why that cannot be, starting in lower case. */
  static find(): StartUpPages {
    const symbols = openCLibrary(SYMBOLS);
    const value = (entry: bigint) => symbols.getauxval(entry);
    const length = Number(value(Auxiliary.ENTRY_LENGTH));
    const headers = new Uint8Array(length * Number(value(Auxiliary.COUNT)));
    const address = value(Auxiliary.PROGRAM_HEADERS);
    symbols.copyFrom(headers, address, BigInt(headers.length));
    const ranges = readOnlyRanges(headers, length, address, value(Auxiliary.PAGE_SIZE));
    return new StartUpPages(symbols.madvise, ranges);
  }

  /** Gives the pages back a second from now, then ever more rarely, down to once an hour, until `stop()`. */
  start(clock: Clock): void {
    this.#wait(clock, FIRST);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Gives the pages back now. A kernel that will not changes nothing, which is as well. */
  release(): void {
    for (const { start, end } of this.#ranges) this.#madvise(start, end - start, MADV_DONTNEED);
  }

  #wait(clock: Clock, delay: number): void {
    this.#timer = clock.after(delay, () => {
      this.release();
      this.#wait(clock, Math.min(2 * delay, LAST));
    });
  }
}

/**
 * Where the segments without leave to write are in memory. Nothing but a debugger changes them, so the file
 * has all that is in them. `address` is where the program headers are, each of `length` octets.
 */
export function readOnlyRanges(
  headers: Uint8Array,
  length: number,
  address: bigint,
  pageSize: bigint,
): Range[] {
  const view = new DataView(headers.buffer, headers.byteOffset, headers.length);
  const offsets = Array.from({ length: headers.length / length }, (_, index) => index * length);
  const type = (offset: number) => view.getUint32(offset + Field.TYPE, true);
  const place = (offset: number) => view.getBigUint64(offset + Field.ADDRESS, true);
  const own = offsets.find((offset) => type(offset) === Segment.PROGRAM_HEADERS);
  // Without it nobody says by how much the file was moved in memory.
  if (own === undefined) return [];
  const moved = address - place(own);
  return offsets
    .filter((offset) => type(offset) === Segment.LOAD)
    .filter((offset) => (view.getUint32(offset + Field.FLAGS, true) & WRITABLE) === 0)
    .map((offset) => {
      const start = moved + place(offset);
      const end = start + view.getBigUint64(offset + Field.LENGTH, true);
      return {
        start: (start + pageSize - 1n) / pageSize * pageSize,
        end: end / pageSize * pageSize,
      };
    })
    .filter(({ start, end }) => start < end);
}
