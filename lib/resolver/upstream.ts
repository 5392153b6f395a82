/**
 * An upstream: all queries on one connection, pipelined, and none lost when the connection is.
 *
 *     resolve() -> pending (waiting) -> in flight -> respond()
 *                     ^                    |
 *                     +-- connection lost -+   at most three sends, within the query's deadline
 *
 * Invariants: every entry of the pending table ends in exactly one respond() or fail(). Entries wait
 * only while the link has a connection with a full window, an attempt under way, or a timer for one.
 */

import { Sweep } from "../base/sweep.ts";
import { Flag, messageId } from "../dns/header.ts";
import { isCanonical } from "../dns/query.ts";
import type { Connection, Ending } from "./connection.ts";
import { Dispatcher } from "./dispatcher.ts";
import { type Failure, OVERLOAD, STOPPING } from "./failure.ts";
import { Link, type LinkOptions, type LinkOwner } from "./link.ts";
import { PendingTable } from "./pending_table.ts";
import type { Requester, Resolver, Token } from "./resolver.ts";
import { UpstreamCounters } from "./upstream_counters.ts";
import { answers, secondTry } from "./verdict.ts";
import { Window } from "./window.ts";

export interface UpstreamOptions extends LinkOptions {
  /** Whether AD may be believed: the hop is authenticated or does not leave the machine. */
  readonly isTrusted: boolean;
  /** Queries pending at a time. */
  readonly capacity: number;
}

/** RFC 9520, 3.1: a query and two retries. */
const MAX_SENDS = 3;
/** Milliseconds of silence before the end of a connection that look like queries left unread. */
const STALL = 1000;
const DEADLINE_TICK = 50;
/** So many IDs out of use, or wrong questions, are a connection gone bad. */
const MAX_QUARANTINED = 1000;
const MAX_MISMATCHED = 16;

export class Upstream implements Resolver, LinkOwner {
  readonly counters = new UpstreamCounters();
  readonly #options: UpstreamOptions;
  readonly #pending: PendingTable<Connection>;
  readonly #window: Window;
  readonly #dispatcher: Dispatcher;
  readonly #link: Link;
  readonly #deadlines: Sweep;
  #isStopped = false;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#pending = new PendingTable(options.capacity);
    this.#window = new Window(options.capacity);
    this.#dispatcher = new Dispatcher(
      this.#pending,
      this.#window,
      this.counters,
      options.isEncrypted,
    );
    this.#link = new Link(options, this);
    this.#deadlines = new Sweep(options.clock, DEADLINE_TICK, (now) => this.#expire(now));
  }

  /** Queries that have no outcome yet. */
  get pending(): number {
    return this.#pending.size;
  }

  resolve(query: Uint8Array, requester: Requester, token: Token): void {
    const now = this.#options.clock.now();
    if (this.#isStopped) return requester.fail(token, STOPPING);
    const slot = this.#pending.add(query, requester, token, now);
    if (slot < 0) {
      this.counters.overload++;
      return requester.fail(token, OVERLOAD);
    }
    this.#deadlines.wake();
    const { connection } = this.#link;
    if (connection) this.#dispatcher.send(connection, now);
    else if (!this.#link.want(now)) this.#failOne(slot, this.#link.unreachable);
  }

  /** Ends everything: what is pending fails, the connection is closed. */
  stop(): void {
    this.#isStopped = true;
    this.#link.stop();
    this.#failAll(STOPPING);
    this.#deadlines.stop();
  }

  onMessage(connection: Connection, message: Uint8Array): void {
    const id = messageId(message);
    const slot = this.#pending.inFlight(id, connection);
    if (slot < 0) return this.#countStray(connection, id);
    const pending = this.#pending;
    if (!answers(pending.query(slot), pending.questionEnd(slot), message)) {
      this.counters.mismatched++;
      if (++connection.mismatched > MAX_MISMATCHED) {
        connection.close("answers other questions", "failure");
      }
      return;
    }
    const mark = secondTry(message, pending.marks[slot]);
    if (mark !== 0 && pending.sends[slot] < MAX_SENDS) {
      return this.#askAgain(connection, slot, mark);
    }
    this.#deliver(connection, slot, message);
  }

  onChunk(connection: Connection): void {
    if (this.#pending.waiting.first >= 0) this.#dispatcher.send(connection, connection.lastArrival);
  }

  onOpen(connection: Connection): void {
    this.#dispatcher.send(connection, connection.opened);
  }

  onClosed(connection: Connection, reason: string, ending: Ending): void {
    const { log, name } = this.#options;
    const lost = this.#recall(connection, ending);
    for (const id of connection.quarantined) this.#pending.releaseId(id);
    log.debug(`Connection to upstream ${name} ended: ${reason}, ${lost} unanswered`);
    const silence = this.#options.clock.now() - connection.lastArrival;
    const isStall = ending === "clean" && lost > 1 && connection.answered > 0 && silence >= STALL;
    if (isStall) this.#link.onStall();
    const isTheirs = ending !== "ours" && lost > 0;
    if (isTheirs) this.#window.onLoss(connection.answered);
    this.#link.onLost(reason, isTheirs && connection.answered === 0);
  }

  onDown(failure: Failure): void {
    this.#failAll(failure);
  }

  #deliver(connection: Connection, slot: number, message: Uint8Array): void {
    const pending = this.#pending;
    const counters = this.counters;
    const now = connection.lastArrival;
    counters.answered++;
    counters.longest = Math.max(counters.longest, now - pending.added[slot]);
    connection.answered++;
    connection.inFlight--;
    connection.lastUse = now;
    this.#link.onAnswer(now);
    this.#window.onAnswer();
    if (!this.#options.isTrusted) this.#clearAuthenticData(slot, message);
    pending.take(slot).respond(pending.token(slot), message);
  }

  /** Not in an opaque exchange, whose octets are signed (RFC 5625, 4.5). */
  #clearAuthenticData(slot: number, message: Uint8Array): void {
    const pending = this.#pending;
    if (isCanonical(pending.query(slot), pending.length(slot), pending.questionEnd(slot))) {
      message[3] &= ~Flag.AD;
    }
  }

  #askAgain(connection: Connection, slot: number, mark: number): void {
    this.#pending.marks[slot] |= mark;
    this.#pending.recall(slot);
    connection.inFlight--;
    this.#dispatcher.send(connection, connection.lastArrival);
  }

  #countStray(connection: Connection, id: number): void {
    const at = connection.quarantined.indexOf(id);
    if (at < 0) {
      this.counters.unknown++;
      return;
    }
    connection.quarantined.splice(at, 1);
    this.#pending.releaseId(id);
    this.counters.late++;
  }

  /** Makes what was in flight on a lost connection wait again; returns how many queries that were. */
  #recall(connection: Connection, ending: Ending): number {
    const pending = this.#pending;
    const lost: number[] = [];
    for (let slot = pending.byAge.first; slot >= 0; slot = pending.byAge.after(slot)) {
      if (pending.connection(slot) === connection) lost.push(slot);
    }
    // From the youngest on, since each becomes the first to be sent.
    for (const slot of lost.toReversed()) {
      pending.recall(slot);
      if (ending === "failure") pending.failures[slot]++;
      if (pending.sends[slot] >= MAX_SENDS) {
        // The question may be what ends them, unless the upstream closed as one does.
        const remember = pending.failures[slot] > 1 ? "longer" : "briefly";
        this.#failOne(slot, this.#link.timeout(`connection lost ${MAX_SENDS} times`, remember));
      }
    }
    return lost.length;
  }

  #failOne(slot: number, failure: Failure): void {
    this.counters.failed++;
    this.#pending.take(slot).fail(this.#pending.token(slot), failure);
  }

  #failAll(failure: Failure): void {
    for (let slot = this.#pending.byAge.first; slot >= 0; slot = this.#pending.byAge.first) {
      this.#failOne(slot, failure);
    }
  }

  /** Fails what is past its deadline; says whether anything is pending. */
  #expire(now: number): boolean {
    const pending = this.#pending;
    let silent: Connection | undefined;
    for (let slot = pending.byAge.first; slot >= 0; slot = pending.byAge.first) {
      if (now - pending.added[slot] < this.#options.deadline) break;
      const connection = pending.connection(slot);
      if (connection && connection.lastArrival <= pending.sent[slot]) silent = connection;
      this.#giveUp(slot, connection);
    }
    silent?.close(`no reply to anything for ${this.#options.deadline / 1000} s`, "ours");
    const { connection } = this.#link;
    if (connection?.isStalled(now)) {
      connection.close("stopped in the middle of a message", "failure");
    }
    if (connection && connection.quarantined.length > MAX_QUARANTINED) {
      connection.close(`${MAX_QUARANTINED} queries unanswered`, "ours");
    }
    if (this.#link.connection) this.#dispatcher.send(this.#link.connection, now);
    return pending.size > 0;
  }

  /** Ends what is past its deadline; its ID stays out of use, as a late response may still come. */
  #giveUp(slot: number, connection: Connection | undefined): void {
    const pending = this.#pending;
    const cause = `no reply within ${this.#options.deadline / 1000} s`;
    if (!connection) {
      this.#link.onTimeout();
      return this.#failOne(slot, this.#link.timeout(cause, "never"));
    }
    // Where other responses came meanwhile, the question is at fault.
    const remember = connection.lastArrival > pending.sent[slot] ? "longer" : "briefly";
    const failure = this.#link.timeout(cause, remember);
    this.counters.failed++;
    connection.inFlight--;
    connection.quarantined.push(pending.id(slot));
    pending.abandon(slot).fail(pending.token(slot), failure);
  }
}
