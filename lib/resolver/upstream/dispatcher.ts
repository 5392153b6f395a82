/**
 * Sends the queries of an upstream that wait: oldest first, as many at a time as the window allows, and
 * alone what may be deadly for a connection.
 */

import { MAX_MESSAGE_LENGTH } from "../../dns/header.ts";
import type { Connection } from "./connection.ts";
import type { EdnsSupport } from "./edns_support.ts";
import { OUTGOING_MARGIN, writeOutgoing } from "./outgoing.ts";
import type { PendingTable } from "./pending_table.ts";
import type { UpstreamCounters } from "./upstream_counters.ts";
import type { Window } from "./window.ts";

/** RFC 9520, 3.1: a query and two retries. */
export const MAX_SENDS = 3;
/** A query that saw so many connections fail is suspected, and tried alone for so many milliseconds. */
const MAX_FAILURES = 2;
const RESERVED = 300;
/** Milliseconds that a query waits for room on a connection. */
const PATIENCE = 1000;
/** A server answers the first copy of these as well: less than what makes a connection go bad. */
const MAX_SHARE = 250;
/** So many are not waiting at a busy server, but being worked on: by the PowerDNS recursor. */
const WORKED_ON = 10;

/** Where the next query goes. */
interface Lightest {
  readonly lightest: Connection | undefined;
}

export class Dispatcher {
  readonly #pending: PendingTable<Connection>;
  readonly #window: Window;
  readonly #counters: UpstreamCounters;
  readonly #isEncrypted: boolean;
  readonly #edns: EdnsSupport;
  readonly #out = new Uint8Array(MAX_MESSAGE_LENGTH + OUTGOING_MARGIN);

  constructor(
    pending: PendingTable<Connection>,
    window: Window,
    counters: UpstreamCounters,
    isEncrypted: boolean,
    edns: EdnsSupport,
  ) {
    this.#pending = pending;
    this.#window = window;
    this.#counters = counters;
    this.#isEncrypted = isEncrypted;
    this.#edns = edns;
  }

  /** Sends what waits, oldest first, as far as the window allows. */
  send(connections: Lightest, now: number): void {
    const pending = this.#pending;
    for (let slot = pending.waiting.first; slot >= 0; slot = pending.waiting.first) {
      const connection = connections.lightest;
      if (!connection) return;
      if (connection.inFlight >= this.#window.size || !this.#mayJoin(connection, slot, now)) return;
      const id = pending.launch(slot, connection, now);
      if (id < 0) return;
      pending.marks[slot] |= this.#edns.mark(now);
      this.#write(connection, slot, id, now);
    }
  }

  /** Lets more queries be in flight where one has waited for long. To be called at every tick. */
  hurry(now: number): void {
    const { added, waiting } = this.#pending;
    if (waiting.first >= 0 && now - added[waiting.first] >= PATIENCE) this.#window.widen();
  }

  /** Sends what is in flight on a silent connection once more, on another; whichever answers is good. */
  sendToo(connection: Connection, silent: Connection, now: number): void {
    const pending = this.#pending;
    for (let slot = pending.byAge.first; slot >= 0; slot = pending.byAge.after(slot)) {
      if (connection.inFlight >= this.#window.size) return;
      if (pending.connection(slot) !== silent || pending.sends[slot] >= MAX_SENDS) continue;
      if (pending.failures[slot] >= MAX_FAILURES) continue;
      const id = pending.relaunch(slot, connection, now);
      if (id >= 0) this.#write(connection, slot, id, now);
    }
  }

  /**
   * Sends the youngest of what is in flight on `busy` also on `connection`, which is new: one of `parts`
   * equal parts of what waits there.
   */
  share(connection: Connection, busy: Connection, parts: number, now: number): void {
    const pending = this.#pending;
    const slots: number[] = [];
    for (let slot = pending.byAge.first; slot >= 0; slot = pending.byAge.after(slot)) {
      if (pending.connection(slot) !== busy || pending.sends[slot] >= MAX_SENDS) continue;
      if (pending.failures[slot] < MAX_FAILURES && !pending.earlier(slot)) slots.push(slot);
    }
    const waiting = Math.max(0, slots.length - WORKED_ON);
    const count = Math.min(MAX_SHARE, Math.floor(waiting / parts));
    for (const slot of slots.slice(slots.length - count)) {
      if (connection.inFlight >= this.#window.size) return;
      const id = pending.relaunch(slot, connection, now);
      if (id >= 0) this.#write(connection, slot, id, now);
    }
  }

  /** One copy of a query is enough from now on: that on `connection`. */
  settle(slot: number, connection: Connection): void {
    const other = this.#pending.settle(slot, connection);
    if (!other) return;
    other.connection.inFlight--;
    other.connection.quarantined.push(other.id);
  }

  /** Makes what was in flight on a lost connection alone wait again, oldest first; returns those slots. */
  recall(connection: Connection): number[] {
    const pending = this.#pending;
    const lost: number[] = [];
    for (let slot = pending.byAge.first; slot >= 0; slot = pending.byAge.after(slot)) {
      const later = pending.connection(slot) as Connection;
      const earlier = pending.earlier(slot)?.connection;
      if (earlier === connection) this.settle(slot, later);
      else if (later === connection && earlier) this.settle(slot, earlier);
      else if (later === connection) lost.push(slot);
    }
    // From the youngest on: the place of each is then found at once.
    for (const slot of lost.toReversed()) pending.recall(slot);
    return lost;
  }

  #write(connection: Connection, slot: number, id: number, now: number): void {
    const pending = this.#pending;
    if (connection.quietSince < 0) connection.quietSince = now;
    const counters = this.#counters;
    if (++connection.inFlight > counters.deepest) counters.deepest = connection.inFlight;
    connection.lastUse = now;
    counters.sent++;
    if (pending.sends[slot] > 1) counters.resent++;
    const length = writeOutgoing(
      this.#out,
      pending.query(slot),
      pending.length(slot),
      pending.questionEnd(slot),
      id,
      pending.marks[slot],
      this.#isEncrypted,
    );
    connection.send(this.#out, length);
  }

  /**
   * Whether an entry may be sent beside what is in flight. One that saw two connections fail may be what
   * killed them: it goes alone, and for a moment nothing follows it.
   */
  #mayJoin(connection: Connection, slot: number, now: number): boolean {
    if (connection.inFlight === 0) connection.reservedUntil = 0;
    if (now < connection.reservedUntil) return false;
    if (this.#pending.failures[slot] < MAX_FAILURES) return true;
    if (connection.inFlight > 0 && now - connection.lastUse < RESERVED) return false;
    connection.reservedUntil = now + RESERVED;
    return true;
  }
}
