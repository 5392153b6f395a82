/** Makes connections of the streams to an upstream, counts them, and tells of the first. */

import type { Stream } from "../../net/dial.ts";
import { Connection } from "./connection.ts";
import type { LinkOptions, LinkOwner } from "./link_owner.ts";

export class Opener {
  /** Whether each query gets a TLS record of its own, from the next connection on. */
  isSeparate = false;
  readonly #options: LinkOptions;
  readonly #owner: LinkOwner;

  constructor(options: LinkOptions, owner: LinkOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  /** A connection over `stream`, the opening of which began at `started`; it reads from now on. */
  open(stream: Stream, started: number): Connection {
    const { clock, isEncrypted, log, name } = this.#options;
    const { counters } = this.#owner;
    const now = clock.now();
    const text = `Connected to upstream ${name} in ${Math.round(now - started)} ms`;
    if (counters.connections === 0) log.info(text);
    else log.debug(text);
    counters.connections++;
    if (isEncrypted) counters.handshakes++;
    const connection = new Connection(stream, this.#owner, now, this.isSeparate);
    connection.read(() => clock.now());
    return connection;
  }
}
