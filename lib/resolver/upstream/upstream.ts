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

import { Flag, headerRcode, messageId } from "../../dns/header.ts";
import { keepaliveTimeout } from "../../dns/keepalive.ts";
import { isCanonical } from "../../dns/query.ts";
import type { Connection, Ending } from "./connection.ts";
import { Crowd } from "./crowd.ts";
import { Deadlines } from "./deadlines.ts";
import { Dispatcher, MAX_SENDS } from "./dispatcher.ts";
import { type Failure, OVERLOAD, STOPPING } from "../failure.ts";
import { Liveness } from "./liveness.ts";
import { Link } from "./link.ts";
import type { LinkOwner } from "./link_owner.ts";
import { EdnsSupport, logEdns } from "./edns_support.ts";
import { Mark, PendingTable } from "./pending_table.ts";
import type { Health, PoolUpstream } from "../pool/pool_member.ts";
import { Origin } from "../origin.ts";
import type { Requester, Resolver, Token } from "../resolver.ts";
import type { IsUnmoved } from "../unmoved.ts";
import { UpstreamCounters } from "./upstream_counters.ts";
import type { UpstreamOptions } from "./upstream_options.ts";
import { countEnding, type UpstreamState } from "./upstream_state.ts";
import { answers, secondTry } from "./verdict.ts";
import { Window } from "./window.ts";

/** Milliseconds of silence before the end of a connection that look like queries left unread. */
const STALL = 1000;
/** So many wrong questions are a connection gone bad, such as one on which IDs are swapped. */
const MAX_MISMATCHED = 2;
/** And so many wrong IDs in a row: with a right one between them they are copies of responses. */
const MAX_STRAYS = 16;

export class Upstream implements PoolUpstream, LinkOwner {
  readonly counters: UpstreamCounters;
  readonly #options: UpstreamOptions;
  readonly #origin: Origin;
  readonly #pending: PendingTable<Connection>;
  readonly #window: Window;
  readonly #edns: EdnsSupport;
  readonly #dispatcher: Dispatcher;
  readonly #link: Link;
  readonly #liveness = new Liveness();
  readonly #crowd = new Crowd();
  readonly #deadlines: Deadlines;
  #isStopped = false;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#origin = new Origin(options.name);
    this.#edns = options.edns ?? new EdnsSupport();
    this.counters = options.counters ?? new UpstreamCounters();
    this.#pending = new PendingTable(options.capacity, options.ids);
    this.#window = new Window(options.capacity);
    this.#dispatcher = new Dispatcher(
      this.#pending,
      this.#window,
      this.counters,
      options.isEncrypted,
      this.#edns,
    );
    this.#link = new Link(options, this);
    this.#deadlines = new Deadlines({
      ...options,
      origin: this.#origin,
      pending: this.#pending,
      link: this.#link,
      liveness: this.#liveness,
      crowd: this.#crowd,
      dispatcher: this.#dispatcher,
      counters: this.counters,
    });
  }

  get name(): string {
    return this.#options.name;
  }

  /** Queries that have no outcome yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Whether a connection is open on which queries go. */
  get isConnected(): boolean {
    return this.#link.connection !== undefined;
  }

  get responseTime(): number {
    return this.#liveness.responseTime;
  }

  /** What it is up to, in words and numbers, for reports. */
  state(now: number): UpstreamState {
    return this.#link.state(now, this.health(now), this.#pending.size);
  }

  health(now: number): Health {
    const { connection } = this.#link;
    if (this.#link.isFailing(now)) return "failing";
    return connection && this.#liveness.isSilent(connection, now) ? "silent" : "well";
  }

  get isWaiting(): boolean {
    return this.#pending.waiting.first >= 0;
  }

  resolve(query: Uint8Array, requester: Requester, token: Token): void {
    const now = this.#options.clock.now();
    if (this.#isStopped) return requester.fail(token, STOPPING, this.#origin);
    const { connection } = this.#link;
    if (connection && !this.#link.mayCarry(connection, now)) {
      this.counters.failed++;
      return requester.fail(token, this.#link.unreachable, this.#origin);
    }
    const slot = this.#pending.add(query, requester, token, now);
    if (slot < 0) {
      this.counters.overload++;
      return requester.fail(token, OVERLOAD, this.#origin);
    }
    this.#deadlines.wake();
    if (connection) this.#dispatcher.send(this.#link, now);
    else if (!this.#link.want(now)) this.#failOne(slot, this.#link.unreachable);
  }

  /** Connects before the first query, which then need not wait; the log tells what comes of it. */
  connectAhead(): void {
    this.#link.connectAhead();
  }

  /** Whether it is connected, and a change of the network has left that as it was. */
  isUnmoved(isUnmoved: IsUnmoved): boolean {
    return this.#link.isUnmoved(isUnmoved);
  }

  /** The network is not what it was: no connection is trusted, no failure remembered. Nothing is lost. */
  renew(): void {
    this.#edns.forget();
    this.#link.renew();
  }

  /** Ends everything: the connection is closed, what is pending is asked of `next`, or fails without one. */
  stop(next?: Resolver): void {
    this.#isStopped = true;
    this.#link.stop();
    if (next) this.#handOver(next);
    this.#failWaiting(STOPPING);
    this.#deadlines.stop();
  }

  onMessage(connection: Connection, message: Uint8Array): void {
    const id = messageId(message);
    const slot = this.#pending.inFlight(id, connection);
    if (slot < 0) return this.#countStray(connection, id);
    const pending = this.#pending;
    const questionEnd = pending.questionEnd(slot);
    if (!answers(pending.query(slot), questionEnd, message)) {
      this.counters.mismatched++;
      pending.requester(slot).doubt?.(pending.token(slot));
      if (++connection.mismatched >= MAX_MISMATCHED) {
        connection.close("answers other questions", "failure");
      }
      return;
    }
    connection.onAnswer();
    const timeout = keepaliveTimeout(message, questionEnd);
    if (timeout !== connection.keepalive) this.#link.onKeepalive(connection, timeout);
    if (this.#mayChange(slot)) {
      const edns = this.#edns;
      const marks = pending.marks[slot];
      const left = MAX_SENDS - pending.sends[slot];
      const mark = secondTry(message, marks, left, edns.isProven);
      if (mark !== 0 && left > 0) return this.#askAgain(connection, slot, mark);
      const query = pending.query(slot);
      const now = connection.lastArrival;
      if (mark === 0 && edns.onAnswer(message, query, questionEnd, marks, now)) {
        logEdns(this.#options, edns.level);
      }
    }
    this.#deliver(connection, slot, message);
  }

  onChunk(connection: Connection): void {
    if (connection.keepalive === 0) this.#link.closeDrained();
    if (!this.isWaiting) return;
    if (this.#link.connection) this.#dispatcher.send(this.#link, connection.lastArrival);
    else this.#link.reopen();
  }

  onOpen(connection: Connection): void {
    this.#dispatcher.send(this.#link, connection.opened);
  }

  onOpenExtra(connection: Connection, more: number): void {
    const busy = this.#link.connection;
    if (busy && busy !== connection) {
      this.#dispatcher.share(connection, busy, more + 2, connection.opened);
    }
    this.#dispatcher.send(this.#link, connection.opened);
  }

  onClosed(connection: Connection, reason: string, ending: Ending): void {
    const { clock, log, name } = this.#options;
    const { answered, isStale, lastArrival, quietSince } = connection;
    countEnding(this.counters, ending);
    const lost = this.#recall(connection, ending === "failure" && !isStale);
    for (const id of connection.quarantined) this.#pending.releaseId(id);
    log.debug(`Connection to upstream ${name} ended: ${reason}, ${lost} unanswered`);
    const silence = clock.now() - Math.max(lastArrival, quietSince);
    const isStall = ending === "clean" && lost > 1 && answered > 0 && silence >= STALL;
    if (isStall) this.#link.onStall();
    const isExtra = this.#link.extra.includes(connection);
    if (ending !== "ours" && lost > 0 && !isStale && !isExtra) this.#window.onLoss(answered);
    this.#link.onLost(connection, reason, ending);
  }

  onDown(failure: Failure): void {
    this.#failWaiting(failure);
  }

  #deliver(connection: Connection, slot: number, message: Uint8Array): void {
    const pending = this.#pending;
    const counters = this.counters;
    const now = connection.lastArrival;
    this.#dispatcher.settle(slot, connection);
    counters.answered++;
    counters.lastResponse = now;
    counters.rcodes[headerRcode(message)]++;
    counters.latency.add(now - pending.sent[slot]);
    counters.longest = Math.max(counters.longest, now - pending.added[slot]);
    const { sent } = pending;
    if (sent[slot] > connection.answeredUpTo) connection.answeredUpTo = sent[slot];
    connection.answered++;
    connection.strays = 0;
    // What came besides did no harm where each query has got its own.
    if (--connection.inFlight === 0) connection.mismatched = 0;
    connection.lastUse = now;
    this.#liveness.onAnswer(now - sent[slot]);
    this.#crowd.onAnswer(now - sent[slot]);
    this.#link.onAnswer(connection, now);
    this.#window.onAnswer();
    // Not in an opaque exchange, whose octets are signed.
    if (!this.#options.isTrusted && this.#mayChange(slot)) message[3] &= ~Flag.AD;
    pending.take(slot).respond(pending.token(slot), message, this.#origin);
  }

  /** Whether query and response are ours to change: they are not where the exchange is opaque (RFC 5625, 4.5). */
  #mayChange(slot: number): boolean {
    const pending = this.#pending;
    return isCanonical(pending.query(slot), pending.length(slot), pending.questionEnd(slot));
  }

  #askAgain(connection: Connection, slot: number, mark: number): void {
    this.#pending.marks[slot] |= mark === Mark.LARGE ? mark : mark | Mark.FELL_BACK;
    this.#dispatcher.settle(slot, connection);
    this.#pending.recall(slot);
    connection.inFlight--;
  }

  #countStray(connection: Connection, id: number): void {
    const at = connection.quarantined.indexOf(id);
    if (at < 0) {
      this.counters.unknown++;
      if (++connection.strays > MAX_STRAYS) connection.close("answers other queries", "failure");
      return;
    }
    connection.quarantined.splice(at, 1);
    this.#pending.releaseId(id);
    this.counters.late++;
    connection.onAnswer();
    this.#link.onAnswer(connection, connection.lastArrival);
  }

  /** Sends again what was in flight on a lost connection alone; returns how many queries that were. */
  #recall(connection: Connection, isFailure: boolean): number {
    const pending = this.#pending;
    const lost = this.#dispatcher.recall(connection);
    for (const slot of lost) {
      if (isFailure) pending.failures[slot]++;
      if (pending.sends[slot] < MAX_SENDS) continue;
      // The question may be what ends them, unless the upstream closed without an error.
      const remember = pending.failures[slot] > 1 ? "longer" : "briefly";
      this.#failOne(slot, this.#link.timeout(`connection lost ${MAX_SENDS} times`, remember));
    }
    return lost.length;
  }

  /** All that is pending waits: the link is stopped. */
  #handOver(next: Resolver): void {
    const pending = this.#pending;
    for (let slot = pending.waiting.first; slot >= 0; slot = pending.waiting.first) {
      const query = pending.query(slot).slice(0, pending.length(slot));
      next.resolve(query, pending.take(slot), pending.token(slot));
    }
  }

  #failOne(slot: number, failure: Failure): void {
    this.counters.failed++;
    this.#pending.take(slot).fail(this.#pending.token(slot), failure, this.#origin);
  }

  #failWaiting(failure: Failure): void {
    const { waiting } = this.#pending;
    for (let slot = waiting.first; slot >= 0; slot = waiting.first) this.#failOne(slot, failure);
  }
}
