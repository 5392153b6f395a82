/**
 * Standard output or standard error as a place for lines that nothing waits for. The runtime writes in a thread of
 * its own: a pipe that is full, a terminal that Ctrl-S has stopped, or a socket that nobody reads, hold up that
 * thread alone. The file descriptor stays as it is, since other processes have it, too.
 */

import { type Clock, systemClock } from "../base/clock.ts";
import { reasonOf } from "./system_error.ts";

const LINE_END = 10;
/** Milliseconds until the next attempt where another process has made the descriptor non-blocking. */
const PAUSE = 20;

export type StreamName = "stdout" | "stderr";

/** Standard output and standard error, as far as they are needed here. */
export type Streams = Readonly<Record<StreamName, Pick<typeof Deno.stderr, "write">>>;

export class StandardStream {
  readonly #write: (octets: Uint8Array) => Promise<number>;
  readonly #clock: Clock;
  /** Whether the last line has no end. */
  #isTorn = false;
  /** Why the last lines could not be written; empty if they could. */
  problem = "";

  constructor(name: StreamName, clock: Clock = systemClock, streams: Streams = Deno) {
    this.#write = (octets) => streams[name].write(octets);
    this.#clock = clock;
  }

  /**
   * Appends whole lines; resolves with the octets of those that have arrived, which are whole lines as well. Never
   * rejects. `lines` is borrowed until then.
   */
  async append(lines: Uint8Array): Promise<number> {
    let written = 0;
    try {
      if (this.#isTorn) await this.#writeSome(Uint8Array.of(LINE_END));
      this.#isTorn = false;
      while (written < lines.length) written += await this.#writeSome(lines.subarray(written));
      this.problem = "";
      return written;
    } catch (error) {
      this.problem = reasonOf(error);
      const whole = lines.subarray(0, written).lastIndexOf(LINE_END) + 1;
      this.#isTorn = whole < written;
      return whole;
    }
  }

  /** Writes at least one octet; waits where that cannot be now. */
  async #writeSome(octets: Uint8Array): Promise<number> {
    for (;;) {
      try {
        return await this.#write(octets);
      } catch (error) {
        if (!isPassing(error)) throw error;
        await new Promise<void>((resolve) => this.#clock.after(PAUSE, resolve));
      }
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof Deno.errors.WouldBlock || error instanceof Deno.errors.Interrupted;
}
