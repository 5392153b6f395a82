/**
 * Ends the queries of an upstream that are past their deadline, and looks after the connection on which
 * the others wait: one that is silent is replaced, one that stops in mid-message is given up.
 */

import type { Clock } from "../../base/clock.ts";
import { Sweep } from "../../base/sweep.ts";
import type { Connection } from "./connection.ts";
import type { Crowd } from "./crowd.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Link } from "./link.ts";
import type { Liveness } from "./liveness.ts";
import type { PendingTable } from "./pending_table.ts";
import type { Origin } from "../origin.ts";
import type { UpstreamCounters } from "./upstream_counters.ts";

export interface DeadlinesOptions {
  readonly pending: PendingTable<Connection>;
  readonly link: Link;
  readonly liveness: Liveness;
  readonly crowd: Crowd;
  readonly dispatcher: Dispatcher;
  readonly counters: UpstreamCounters;
  readonly origin: Origin;
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
    link.onLook(pending.size, now);
    this.#lookAfterAll(now);
    return pending.size > 0 || link.earlier?.isArriving === true;
  }

  #lookAfterAll(now: number): void {
    const { dispatcher, link } = this.#options;
    for (const connection of Array.from(link.extra)) {
      this.#setAsideIfSilent(connection, now);
      this.#endIfBad(connection, now);
    }
    if (link.earlier) this.#endIfNoisy(link.earlier, now);
    if (link.earlier) this.#endIfBad(link.earlier, now);
    if (link.connection) this.#lookAfterCurrent(link.connection, now);
    for (const connection of link.retired) this.#lookAfterRetired(connection, now);
    if (link.connection) dispatcher.hurry(now);
    dispatcher.send(link, now);
  }

  #lookAfterCurrent(connection: Connection, now: number): void {
    const { crowd, dispatcher, link, liveness, pending } = this.#options;
    const { earlier } = link;
    const isSilent = liveness.isSilent(connection, now);
    if (isSilent && link.extra.length > 0) this.#setAsideIfSilent(connection, now);
    else if (isSilent && !earlier) link.replace(now);
    else if (crowd.isHeldUp(connection, pending, now)) link.grow(now);
    if (earlier && liveness.isSilent(earlier, now - GRACE)) {
      dispatcher.sendToo(connection, earlier, now);
    }
    this.#endIfBad(connection, now);
  }

  /** Of several connections, one that is silent is not replaced: the others are there already. */
  #setAsideIfSilent(connection: Connection, now: number): void {
    const { link, liveness } = this.#options;
    if (liveness.isSilent(connection, now)) link.setAside(connection);
  }

  /** What waits on one that is silent is asked elsewhere too. No query is sent that would show its silence. */
  #lookAfterRetired(connection: Connection, now: number): void {
    const { dispatcher, link, liveness } = this.#options;
    const { inFlight, lastAnswer, lastUse } = connection;
    const quietSince = connection.quietSince < 0
      ? Math.max(lastAnswer, lastUse)
      : connection.quietSince;
    if (!liveness.isSilent({ inFlight, quietSince }, now)) return;
    if (link.connection) dispatcher.sendToo(link.connection, connection, now);
    else link.want(now);
  }

  /** A slow server says nothing until it answers; one that says something else stands in the way of a third. */
  #endIfNoisy(connection: Connection, now: number): void {
    if (!connection.isNoisy || !this.#options.liveness.isSilent(connection, now - GRACE)) return;
    connection.close("brings no answers", "ours");
  }

  #endIfBad(connection: Connection, now: number): void {
    if (connection.isStalled(now)) {
      connection.close("stopped in the middle of a message", "failure");
    } else if (connection.quarantined.length > MAX_QUARANTINED) {
      connection.close(`${MAX_QUARANTINED} queries unanswered`, "ours");
    }
  }

  /**
   * Ends what is past its deadline; its ID stays out of use, as a late response may still come. Connections
   * that answered nothing since it was sent are added to `silent`.
   */
  #giveUp(slot: number, now: number, silent: Set<Connection>): void {
    const { counters, dispatcher, link, origin, pending } = this.#options;
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
    pending.abandon(slot).fail(pending.token(slot), failure, origin);
  }

  /** Whether no connection that the entry was in flight on has answered anything since. */
  #noteSilence(slot: number, silent: Set<Connection>): boolean {
    const { link, pending } = this.#options;
    const connection = pending.connection(slot);
    // One that waited for room behind others was not sent: only the answers to those tell.
    if (!connection && hasAnswered(link.connection, pending.added[slot])) return false;
    const earlier = pending.earlier(slot);
    const isSilent = !connection || isSilentSince(connection, pending.sent[slot]);
    const wasSilent = !earlier || isSilentSince(earlier.connection, earlier.sent);
    if (connection && isSilent) silent.add(connection);
    if (earlier && wasSilent) silent.add(earlier.connection);
    return isSilent && wasSilent;
  }
}

function isSilentSince({ isArriving, lastAnswer }: Connection, sent: number): boolean {
  return lastAnswer <= sent && !isArriving;
}

function hasAnswered(connection: Connection | undefined, since: number): boolean {
  return connection !== undefined && connection.answered > 0 && connection.lastAnswer > since;
}
