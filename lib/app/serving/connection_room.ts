/**
 * How many TCP connections clients may have where the system allows few descriptors: idle clients must not
 * take those that the upstreams, files and the control socket need.
 */

import type { Logger } from "../../base/log.ts";

/** Descriptors that are not for clients: the runtime's own, listeners, upstreams, files. */
const RESERVED = 40;
/** Those of an address beside the first: its UDP and its TCP socket. */
const PER_ADDRESS = 2;

export class ConnectionRoom {
  readonly #log: Logger;
  readonly #descriptors: () => number;
  #told = "";

  /** `descriptors` tells how many the system allows; asked at each `limit()`. */
  constructor(log: Logger, descriptors: () => number = () => Infinity) {
    this.#log = log;
    this.#descriptors = descriptors;
  }

  /** The connections that may be of the `wanted`, beside so many addresses; one at least. Says when it is less. */
  limit(wanted: number, addresses: number): number {
    const descriptors = this.#descriptors();
    const reserved = RESERVED + PER_ADDRESS * Math.max(0, addresses - 1);
    const limit = Math.max(1, Math.min(wanted, descriptors - reserved));
    if (limit < wanted) this.#tell(wanted, limit, descriptors, reserved);
    else this.#told = "";
    return limit;
  }

  /** Once for the same numbers. */
  #tell(wanted: number, limit: number, descriptors: number, reserved: number): void {
    const line =
      `Clients get ${limit} TCP connections instead of ${wanted} (--limit tcp-connections): ` +
      `the system allows ${descriptors} open files; raise that ` +
      `(ulimit -n, LimitNOFILE= of systemd) to ${reserved + wanted}`;
    if (line !== this.#told) this.#log.warning(line);
    this.#told = line;
  }
}
