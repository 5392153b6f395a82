/**
 * What a program in the background has from whoever started it, and is to let go of: its standard streams,
 * other open descriptors, and the mask for the modes of new files. The runtime has functions for none of it.
 */

import { openCLibrary } from "../../base/open_c_library.ts";

const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  umask: { parameters: ["u32"], result: "u32" },
} as const;

type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const OpenFlag = {
  READ: 0,
  WRITE: 1,
  APPEND: 0o2000,
  NO_TERMINAL: 0o400,
  CLOSE_ON_EXEC: 0o2000000,
} as const;
const SET_DESCRIPTOR_FLAGS = 2;
const CLOSE_ON_EXEC = 1;
const FIRST_OTHER = 3;
/** A caller has few open; more than these were not left open by mistake. */
const MOST = 1024;
const NULL_DEVICE = "/dev/null";
/** Nothing for others, reading for the group. */
const UMASK = 0o027;

export class StandardStreams {
  readonly #symbols: Symbols;
  /** The descriptors that are, or are copies of, standard output and standard error. */
  #outputs: readonly number[] = [];

  private constructor(symbols: Symbols) {
    this.#symbols = symbols;
  }

  /** Opens the C library; throws an `Error` that says why that cannot be, starting in lower case. */
  static find(): StandardStreams {
    return new StandardStreams(openCLibrary(SYMBOLS));
  }

  /** Whatever the caller had open is closed in programs that are started from now on. */
  keepFromChildren(): void {
    for (let descriptor = FIRST_OTHER; descriptor < MOST; descriptor++) {
      this.#symbols.fcntl(descriptor, SET_DESCRIPTOR_FLAGS, CLOSE_ON_EXEC);
    }
  }

  /** New files are for the user, and for the group to read, whatever the caller's mask was. */
  setMask(): void {
    this.#symbols.umask(UMASK);
  }

  /**
   * Lets go of what the standard streams are. Input is empty from then on; what the runtime itself prints,
   * such as when its memory is used up, is appended to the file at `path`, or goes nowhere if it cannot be
   * opened. May be called again, when there is a new file of that name.
   */
  detach(path: string): void {
    if (this.#outputs.length === 0) {
      this.#outputs = this.#copiesOf(1, 2);
      this.#point([0], NULL_DEVICE, OpenFlag.READ);
    }
    const flags = OpenFlag.WRITE | OpenFlag.APPEND;
    if (this.#point(this.#outputs, path, flags)) return;
    this.#point(this.#outputs, NULL_DEVICE, flags);
  }

  #point(descriptors: readonly number[], path: string, flags: number): boolean {
    const { open, dup2, close } = this.#symbols;
    const all = flags | OpenFlag.NO_TERMINAL | OpenFlag.CLOSE_ON_EXEC;
    const file = open(new TextEncoder().encode(`${path}\0`), all, 0);
    if (file < 0) return false;
    for (const descriptor of descriptors) dup2(file, descriptor);
    close(file);
    return true;
  }

  /** The runtime keeps copies of the standard streams, by which the caller's pipe would stay open. */
  #copiesOf(...streams: readonly number[]): number[] {
    const pipes = streams.map((stream) => this.#target(stream)).filter(isOfOneCaller);
    const others = Array.from({ length: MOST - FIRST_OTHER }, (_, index) => index + FIRST_OTHER);
    return [...streams, ...others.filter((each) => pipes.includes(this.#target(each)))];
  }

  /** What a descriptor stands for, as `pipe:[4711]`; empty if it is not open. */
  #target(descriptor: number): string {
    const link = new TextEncoder().encode(`/proc/self/fd/${descriptor}\0`);
    const target = new Uint8Array(256);
    const length = Number(this.#symbols.readlink(link, target, BigInt(target.length)));
    return new TextDecoder().decode(target.subarray(0, Math.max(0, length)));
  }
}

function isOfOneCaller(target: string): boolean {
  return target.startsWith("pipe:") || target.startsWith("socket:");
}
