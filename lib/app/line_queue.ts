/**
 * Lines on their way to where they are written, which may be slow or stuck: nothing waits for them. What finds no
 * room is left out and counted, and one line says how many are missing as soon as there is room again.
 *
 *     write() --> waiting --one write at a time--> sink
 */

import type { Clock } from "../base/clock.ts";

export interface LineQueueSink {
  /**
   * Appends whole lines; resolves with the octets of those that have arrived, which are whole lines as well. Never
   * rejects, and is not called again before it has resolved. `lines` is borrowed until then.
   */
  append(lines: Uint8Array): Promise<number>;
  /** Why the last lines have not arrived, where it is known. */
  readonly problem: string;
}

export interface LineQueueOptions {
  readonly sink: LineQueueSink;
  readonly clock: Clock;
  /** Makes a line, without its end, of a text of ours that is a warning. */
  readonly warning: (text: string) => string;
  /** Why lines find no room. */
  readonly slow: string;
  /** Octets that may wait; a megabyte by default. */
  readonly capacity?: number;
}

/** Twice as much as a whole flight recorder. */
const CAPACITY = 1 << 20;
/** Octets of one write, if its first line is not longer: as many as arrive in one piece in a pipe (pipe(7)). */
const CHUNK = 4096;
const LINE_END = 10;

export class LineQueue {
  readonly #options: LineQueueOptions;
  readonly #encoder = new TextEncoder();
  #lines: Uint8Array[] = [];
  /** Index of the first one that waits: those before are being written, or are gone. */
  #first = 0;
  /** Octets of the lines that wait or are being written. */
  #length = 0;
  /** Lines that the log does not tell of yet, and why they are missing. */
  #lost = 0;
  #why = "";
  /** Whether lines are left out until all that wait are written, so that those that are missing follow each other. */
  #isFull = false;
  #writing: Promise<void> | undefined;
  #between: (() => unknown) | undefined;

  constructor(options: LineQueueOptions) {
    this.#options = options;
  }

  /** Takes a line, given without its end. Never throws, never waits. */
  write(line: string): void {
    const octets = this.#encoder.encode(`${line}\n`);
    const { capacity = CAPACITY, slow } = this.#options;
    if (this.#isFull || this.#length + octets.length > capacity) {
      this.#isFull = true;
      this.#lose(1, slow);
    } else {
      this.#lines.push(octets);
      this.#length += octets.length;
    }
    this.#start();
  }

  /**
   * Calls `action` now, or as soon as no write is under way; of several, the last one. Where it gives a promise,
   * the next write comes after that.
   */
  between(action: () => unknown): void {
    this.#between = action;
    if (this.#writing) return;
    const acting = this.#actBetween();
    if (acting instanceof Promise) this.#writing = acting.then(() => this.#run());
  }

  /** Resolves once everything is written, after `limit` milliseconds at most. */
  async settle(limit: number): Promise<void> {
    if (!this.#writing) return;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(limit, resolve);
    await Promise.race([this.#writing, late]);
    timer.cancel();
  }

  #start(): void {
    this.#writing ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#between) await this.#actBetween();
    while (this.#first < this.#lines.length || this.#isFull) {
      if (this.#lost > 0 && !this.#isFull) await this.#tellMissing();
      await this.#writeSome();
      if (this.#isFull && this.#first === this.#lines.length) {
        this.#isFull = false;
        await this.#tellMissing();
      }
    }
    this.#writing = undefined;
  }

  /** Writes what stands first, as much as fits in a chunk. */
  async #writeSome(): Promise<void> {
    const octets = this.#take();
    if (octets.length === 0) return;
    const arrived = await this.#append(octets);
    this.#length -= octets.length;
    const missing = octets.subarray(arrived).filter((octet) => octet === LINE_END).length;
    if (missing > 0) this.#lose(missing, this.#options.sink.problem);
  }

  #take(): Uint8Array {
    const from = this.#first;
    let length = 0;
    for (; this.#first < this.#lines.length; this.#first++) {
      const more = this.#lines[this.#first].length;
      if (length > 0 && length + more > CHUNK) break;
      length += more;
    }
    const octets = joined(this.#lines.slice(from, this.#first), length);
    // Not for each chunk, which would move what remains again and again.
    if (this.#first * 2 >= this.#lines.length) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
    return octets;
  }

  async #tellMissing(): Promise<void> {
    const count = this.#lost;
    const why = this.#why;
    this.#lost = 0;
    const lines = count === 1 ? "One line is" : `${count} lines are`;
    const line = this.#options.warning(`${lines} missing here: ${why}`);
    const octets = this.#encoder.encode(`${line}\n`);
    const arrived = await this.#append(octets);
    if (arrived < octets.length) this.#lose(count, why);
  }

  async #append(octets: Uint8Array): Promise<number> {
    const arrived = await this.#options.sink.append(octets);
    // Another may have been asked for meanwhile.
    while (this.#between) await this.#actBetween();
    return arrived;
  }

  #lose(count: number, why: string): void {
    this.#lost += count;
    if (why !== "") this.#why = why;
  }

  #actBetween(): unknown {
    const action = this.#between;
    this.#between = undefined;
    return action?.();
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
