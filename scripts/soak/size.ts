/** How large a process is, watched over time (proc(5)). */

export interface Size {
  /** Megabytes; and how many of them are the process's own, not pages of files that come and go. */
  readonly resident: number;
  readonly own: number;
  readonly descriptors: number;
}

const PAGE_OCTETS = 4096;
const INTERVAL = 500;
/** A size is the median of so many samples: while connections come and go, one alone says little. */
const SAMPLES = 10;

export class SizeWatch implements Disposable {
  readonly #pid: number;
  readonly #samples: Size[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#sample(), INTERVAL);
  }

  get first(): Size {
    return median(this.#samples.slice(0, SAMPLES));
  }

  get last(): Size {
    return median(this.#samples.slice(-SAMPLES));
  }

  /** To be called before the process ends. */
  stop(): void {
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #sample(): void {
    const [, resident, shared] = Deno.readTextFileSync(`/proc/${this.#pid}/statm`).split(" ")
      .map((pages) => Number(pages) * PAGE_OCTETS / 1e6);
    this.#samples.push({
      resident,
      own: resident - shared,
      descriptors: [...Deno.readDirSync(`/proc/${this.#pid}/fd`)].length,
    });
  }
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

function median(samples: readonly Size[]): Size {
  const middle = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
  return {
    resident: middle(samples.map((sample) => sample.resident)),
    own: middle(samples.map((sample) => sample.own)),
    descriptors: middle(samples.map((sample) => sample.descriptors)),
  };
}
