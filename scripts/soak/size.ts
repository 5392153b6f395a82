/** How large a process is (proc(5)). */

export interface Size {
  /** Megabytes; and how many of them are the process's own, not pages of files that come and go. */
  readonly resident: number;
  readonly own: number;
  readonly descriptors: number;
}

const PAGE_OCTETS = 4096;
const COLLECTIONS = 5;

/** The size of a process now. */
function sizeOf(pid: number): Size {
  const [, resident, shared] = Deno.readTextFileSync(`/proc/${pid}/statm`).split(" ")
    .map((pages) => Number(pages) * PAGE_OCTETS / 1e6);
  const descriptors = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
  return { resident, own: resident - shared, descriptors };
}

/**
 * The smallest size after several collections of garbage: the runtime gives pages back a little after each, and
 * parts of what is not needed only go with the second.
 */
export async function settledSize(pid: number, collect: () => Promise<void>): Promise<Size> {
  const sizes: Size[] = [];
  for (let attempt = 0; attempt < COLLECTIONS; attempt++) {
    await collect();
    sizes.push(sizeOf(pid));
  }
  return sizes.reduce((one, other) => other.own < one.own ? other : one);
}

/** For a person. */
export function describeSize({ resident, own, descriptors }: Size): string {
  return `resident ${resident.toFixed(1)} MB, ${own.toFixed(1)} of them its own, ` +
    `descriptors ${descriptors}`;
}

/** Datagrams that came faster than the program at 127.0.0.1 took them, and that the system dropped. */
export function droppedDatagrams(port: number): number {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = Deno.readTextFileSync("/proc/net/udp").split("\n");
  return Number(lines.find((line) => line.includes(` ${address} `))?.trim().split(/\s+/).at(-1));
}
