/**
 * Ends the queries of an upstream that are past their deadline, and looks after the connection on which
 * the others wait: one that is silent is replaced, one that stops in mid-message is given up.
 */

import type { Clock } from "../../base/clock.ts";
import { Sweep } from "../../base/sweep.ts";
import type { Connection } from "./connection.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Link } from "./link.ts";
import type { Liveness } from "./liveness.ts";
import type { PendingTable } from "./pending_table.ts";
import type { UpstreamCounters } from "./upstream_counters.ts";

export interface DeadlinesOptions {
  readonly pending: PendingTable<Connection>;
  readonly link: Link;
  readonly liveness: Liveness;
  readonly dispatcher: Dispatcher;
  readonly counters: UpstreamCounters;
  /** Milliseconds that a query may wait. */
  readonly deadline: number;
  readonly clock: Clock;
}

const TICK = 50;
/** Milliseconds more of silence until queries are sent a second time: the time of a handshake or two. */
const GRACE = 300;
/** So many IDs out of use are a connection gone bad. */
const MAX_QUARANTINED = 1000;

export class Deadlines {
  readonly #options: DeadlinesOptions;
  readonly #sweep: Sweep;
  readonly #cause: string;

  constructor(options: DeadlinesOptions) {
    this.#options = options;
    this.#sweep = new Sweep(options.clock, TICK, (now) => this.#visit(now));
    this.#cause = `no reply within ${options.deadline / 1000} s`;
  }

  /** There is a query to look after. */
  wake(): void {
    this.#sweep.wake();
  }

  stop(): void {
    this.#sweep.stop();
  }

  /** Says whether anything is pending. */
  #visit(now: number): boolean {
    const { deadline, link, pending } = this.#options;
    let silent: Set<Connection> | undefined;
    for (let slot = pending.byAge.first; slot >= 0; slot = pending.byAge.first) {
      if (now - pending.added[slot] < deadline) break;
      this.#giveUp(slot, now, silent ??= new Set());
    }
    for (const connection of silent ?? []) {
      connection.close(`no reply to anything for ${deadline / 1000} s`, "ours");
    }
    link.closeDrained();
    if (link.connection) this.#lookAfter(link.connection, now);
    return pending.size > 0;
  }

  #lookAfter(connection: Connection, now: number): void {
    const { dispatcher, link, liveness } = this.#options;
    const { earlier } = link;
    if (!earlier && liveness.isSilent(connection, now)) link.replace(now);
    if (earlier && liveness.isSilent(earlier, now - GRACE)) {
      dispatcher.sendToo(connection, earlier, now);
    }
    if (connection.isStalled(now)) {
      connection.close("stopped in the middle of a message", "failure");
    } else if (connection.quarantined.length > MAX_QUARANTINED) {
      connection.close(`${MAX_QUARANTINED} queries unanswered`, "ours");
    }
    if (link.connection) dispatcher.send(link.connection, now);
  }

  /**
   * Ends what is past its deadline; its ID stays out of use, as a late response may still come. Connections
   * on which nothing at all came since it was sent are added to `silent`.
   */
  #giveUp(slot: number, now: number, silent: Set<Connection>): void {
    const { counters, dispatcher, link, pending } = this.#options;
    const connection = pending.connection(slot);
    const isSilent = this.#noteSilence(slot, silent);
    if (isSilent) link.onTimeout(now);
    // Where other responses came meanwhile, the question is at fault.
    const remember = !connection ? "never" : isSilent ? "briefly" : "longer";
    const failure = link.timeout(this.#cause, remember);
    if (connection) {
      dispatcher.settle(slot, connection);
      connection.inFlight--;
      connection.quarantined.push(pending.id(slot));
    }
    counters.failed++;
    pending.abandon(slot).fail(pending.token(slot), failure);
  }

  /** Whether nothing came on any connection that the entry was in flight on. */
  #noteSilence(slot: number, silent: Set<Connection>): boolean {
    const { pending } = this.#options;
    const connection = pending.connection(slot);
    const earlier = pending.earlier(slot);
    const isSilent = !connection || connection.lastArrival <= pending.sent[slot];
    const wasSilent = !earlier || earlier.connection.lastArrival <= earlier.sent;
    if (connection && isSilent) silent.add(connection);
    if (earlier && wasSilent) silent.add(earlier.connection);
    return isSilent && wasSilent;
  }
}
