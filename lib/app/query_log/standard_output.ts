/** Standard output as the place for lines, such as for a container's log or a pipe to another program. */

import { STANDARD_OUTPUT } from "../settings/config.ts";
import { reasonOf } from "../system_error.ts";
import type { LineSink } from "./buffered_query_log.ts";

const LINE_END = 10;

export class StandardOutput implements LineSink {
  readonly path = STANDARD_OUTPUT;
  readonly #onFailure: (text: string) => void;
  #hasFailed = false;
  /** Whether the last line has no end. */
  #isTorn = false;

  /** `onFailure` is told why lines cannot be written, once until they can be again. */
  constructor(onFailure: (text: string) => void) {
    this.#onFailure = onFailure;
  }

  async append(lines: Uint8Array): Promise<number> {
    let written = 0;
    try {
      if (this.#isTorn) await Deno.stdout.write(Uint8Array.of(LINE_END));
      this.#isTorn = false;
      while (written < lines.length) written += await Deno.stdout.write(lines.subarray(written));
      this.#hasFailed = false;
      return written;
    } catch (error) {
      this.#fail(reasonOf(error));
      const whole = lines.subarray(0, written).lastIndexOf(LINE_END) + 1;
      this.#isTorn = whole < written;
      return whole;
    }
  }

  reopen(): void {}

  close(): void {}

  #fail(reason: string): void {
    if (!this.#hasFailed) {
      this.#onFailure(`Cannot write the query log to standard output: ${reason}`);
    }
    this.#hasFailed = true;
  }
}
