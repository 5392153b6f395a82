/** A standard stream as the place for lines, such as for a container's log or a pipe to another program. */

import type { Clock } from "../../base/clock.ts";
import { StandardStream, type StreamName } from "../standard_stream.ts";
import type { LineSink } from "./buffered_query_log.ts";

export class StandardOutput implements LineSink {
  readonly path: StreamName;
  readonly #stream: StandardStream;
  readonly #onFailure: (text: string) => void;
  #hasFailed = false;

  /** `onFailure` is called with why lines cannot be written, once until they can be again. */
  constructor(name: StreamName, clock: Clock, onFailure: (text: string) => void) {
    this.path = name;
    this.#stream = new StandardStream(name, clock);
    this.#onFailure = onFailure;
  }

  async append(lines: Uint8Array): Promise<number> {
    const arrived = await this.#stream.append(lines);
    const { problem } = this.#stream;
    if (problem !== "" && !this.#hasFailed) {
      const stream = this.path === "stdout" ? "standard output" : "standard error";
      this.#onFailure(`Cannot write the query log to ${stream}: ${problem}`);
    }
    this.#hasFailed = problem !== "";
    return arrived;
  }

  reopen(): void {}

  close(): void {}
}
