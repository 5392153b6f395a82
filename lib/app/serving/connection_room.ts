/**
 * How many TCP connections clients may have where the system allows few descriptors: idle clients must not
 * take those that the upstreams, files and the control socket need.
 */

import type { Logger } from "../../base/log.ts";

/** Descriptors that are not for clients: the runtime's own, listeners, upstreams, files. */
const RESERVED = 40;
/** Those of an address beside the first: its UDP and its TCP socket. */
const PER_ADDRESS = 2;
/** Connections over HTTP: where there is plenty; and of the reserve where there is not. */
const HTTP = { most: 32, least: 4 } as const;

export class ConnectionRoom {
  readonly #log: Logger;
  readonly #descriptors: () => number;
  #told = "";
  #http: number = HTTP.most;

  /** `descriptors` tells how many the system allows; asked at each `limit()`. */
  constructor(log: Logger, descriptors: () => number = () => Infinity) {
    this.#log = log;
    this.#descriptors = descriptors;
  }

  /** How many connections over HTTP (`--metrics`) there may be beside those of the last `limit()`. */
  get http(): number {
    return this.#http;
  }

  /**
   * The connections that may be of the `wanted`, beside so many addresses and connections to upstreams; one at
   * least. Says when it is less.
   */
  limit(wanted: number, addresses: number, connections = 1): number {
    const descriptors = this.#descriptors();
    const rest = Math.max(0, descriptors - RESERVED);
    // Isolated clients that all come at a time may have more; clients over TCP are served meanwhile, too.
    const more = Math.min(connections - 1, Math.floor(rest / 2));
    const reserved = RESERVED + PER_ADDRESS * Math.max(0, addresses - 1) + more;
    const limit = Math.max(1, Math.min(wanted, descriptors - reserved));
    const spare = descriptors - reserved - limit + HTTP.least;
    this.#http = Math.max(HTTP.least, Math.min(HTTP.most, spare));
    if (limit < wanted) this.#tell(wanted, limit, descriptors, reserved);
    else this.#told = "";
    return limit;
  }

  /** Once for the same numbers. */
  #tell(wanted: number, limit: number, descriptors: number, reserved: number): void {
    const line =
      `Clients get ${limit} TCP connection${
        limit === 1 ? "" : "s"
      } instead of ${wanted} (--limit tcp-connections): ` +
      `the system allows ${descriptors} open files; raise that ` +
      `(ulimit -n, LimitNOFILE= of systemd) to ${reserved + wanted}`;
    if (line !== this.#told) this.#log.warning(line);
    this.#told = line;
  }
}
