/**
 * An upstream: all queries on one connection, pipelined, and none lost when the connection is.
 *
 *     resolve() -> pending (waiting) -> in flight -> respond()
 *                     ^                    |
 *                     +-- connection lost -+   at most three sends, within the query's deadline
 *
 * Invariants: every entry of the pending table ends in exactly one respond() or fail(). There is at most
 * one connection, or one attempt at it. Entries wait only while there is a connection with a full window,
 * an attempt, or a timer for one.
 */

import type { Clock, Timer } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import { Sweep } from "../base/sweep.ts";
import { MAX_MESSAGE_LENGTH, messageId } from "../dns/header.ts";
import { DialError } from "../net/dial_error.ts";
import type { Stream } from "../net/dial.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import { type Failure, OVERLOAD, STOPPING } from "./failure.ts";
import { OUTGOING_MARGIN, writeOutgoing } from "./outgoing.ts";
import { PendingTable } from "./pending_table.ts";
import { Reach } from "./reach.ts";
import type { Requester, Resolver, Token } from "./resolver.ts";
import { UpstreamCounters } from "./upstream_counters.ts";
import { answers, secondTry } from "./verdict.ts";
import { Window } from "./window.ts";

export interface UpstreamOptions {
  /** As the user wrote it, for logs; and in short, for extended errors. */
  readonly name: string;
  readonly label: string;
  /** Whether queries are encrypted on this hop, and so to be padded (RFC 8467). */
  readonly isEncrypted: boolean;
  /** Whether AD may be believed: the hop is authenticated or does not leave the machine. */
  readonly isTrusted: boolean;
  /** Queries pending at a time. */
  readonly capacity: number;
  /** Milliseconds from a query to its SERVFAIL. */
  readonly deadline: number;
  /** Milliseconds without a query after which a connection is closed. */
  readonly idle: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Opens a stream; rejects with `DialError`. */
  readonly dial: () => Promise<Stream>;
  readonly random?: () => number;
}

/** RFC 9520, 3.1: a query and two retries. */
const MAX_SENDS = 3;
const DEADLINE_TICK = 50;
const IDLE_TICK = 1000;
/** So many IDs out of use, or wrong questions, are a connection gone bad. */
const MAX_QUARANTINED = 1000;
const MAX_MISMATCHED = 16;

export class Upstream implements Resolver, ConnectionOwner {
  readonly counters = new UpstreamCounters();
  readonly #options: UpstreamOptions;
  readonly #pending: PendingTable<Connection>;
  readonly #window: Window;
  readonly #reach: Reach;
  readonly #deadlines: Sweep;
  readonly #idle: Sweep;
  readonly #out = new Uint8Array(MAX_MESSAGE_LENGTH + OUTGOING_MARGIN);
  readonly #noReply: Failure;
  #connection: Connection | undefined;
  #isDialing = false;
  #retry: Timer | undefined;
  #isStopped = false;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#pending = new PendingTable(options.capacity);
    this.#window = new Window(options.capacity);
    this.#reach = new Reach(options.label, options.deadline, options.random);
    this.#noReply = this.#reach.timeout(`no reply within ${options.deadline / 1000} s`);
    this.#deadlines = new Sweep(options.clock, DEADLINE_TICK, (now) => this.#expire(now));
    this.#idle = new Sweep(options.clock, IDLE_TICK, (now) => this.#closeIfIdle(now));
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
    if (this.#connection) this.#pump(this.#connection, now);
    else this.#wait(slot, now);
  }

  /** Ends everything: what is pending fails, the connection is closed. */
  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
    this.#connection?.close("stopping", false);
    this.#failAll(STOPPING);
    this.#deadlines.stop();
    this.#idle.stop();
  }

  onMessage(connection: Connection, message: Uint8Array): void {
    const id = messageId(message);
    const slot = this.#pending.inFlight(id, connection);
    if (slot < 0) return this.#countStray(connection, id);
    const pending = this.#pending;
    if (!answers(pending.query(slot), pending.questionEnd(slot), message)) {
      this.counters.mismatched++;
      if (++connection.mismatched > MAX_MISMATCHED) {
        connection.close("answers other questions", true);
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
    if (this.#pending.waiting.first >= 0) this.#pump(connection, connection.lastArrival);
  }

  onClosed(connection: Connection, reason: string, isFault: boolean): void {
    const { clock, log, name } = this.#options;
    this.#connection = undefined;
    const lost = this.#recall(connection);
    for (const id of connection.quarantined) this.#pending.releaseId(id);
    log.debug(`Connection to upstream ${name} ended: ${reason}, ${lost} unanswered`);
    if (lost > 0) this.#window.onLoss(connection.answered);
    if (this.#isStopped) return;
    if (isFault && lost > 0 && connection.answered === 0) this.#fail(clock.now(), reason, false);
    else if (this.#pending.size > 0) this.#connect();
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
    if (this.#reach.failingSince >= 0) this.#recover(now);
    this.#window.onAnswer();
    if (!this.#options.isTrusted) message[3] &= ~0x20;
    pending.take(slot).respond(pending.token(slot), message);
  }

  #askAgain(connection: Connection, slot: number, mark: number): void {
    this.#pending.marks[slot] |= mark;
    this.#pending.recall(slot);
    connection.inFlight--;
    this.#pump(connection, connection.lastArrival);
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

  /** Sends what waits, oldest first, as far as the window allows. */
  #pump(connection: Connection, now: number): void {
    const pending = this.#pending;
    for (let slot = pending.waiting.first; slot >= 0; slot = pending.waiting.first) {
      if (connection.inFlight >= this.#window.size) return;
      const id = pending.launch(slot, connection, now);
      if (id < 0) return;
      connection.inFlight++;
      connection.lastUse = now;
      this.counters.sent++;
      if (pending.sends[slot] > 1) this.counters.resent++;
      const length = writeOutgoing(
        this.#out,
        pending.query(slot),
        pending.questionEnd(slot),
        id,
        pending.marks[slot],
        this.#options.isEncrypted,
      );
      connection.send(this.#out, length);
    }
  }

  /** A query has come while there is no connection. */
  #wait(slot: number, now: number): void {
    if (!this.#isDialing && (this.#retry === undefined || this.#reach.mayAttempt(now))) {
      if (!this.#reach.isDown(now) || this.#reach.mayAttempt(now)) return void this.#connect();
    }
    if (this.#reach.isDown(now)) this.#failOne(slot, this.#reach.unreachable);
  }

  async #connect(): Promise<void> {
    if (this.#isDialing || this.#connection || this.#isStopped) return;
    const { clock, dial } = this.#options;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#isDialing = true;
    const started = clock.now();
    this.#reach.onAttempt(started);
    try {
      const stream = await dial();
      this.#isDialing = false;
      this.#open(stream, started);
    } catch (error) {
      this.#isDialing = false;
      this.counters.failedAttempts++;
      const isCertificate = error instanceof DialError && error.stage === "certificate";
      if (!this.#isStopped) {
        this.#fail(
          clock.now(),
          error instanceof Error ? error.message : String(error),
          isCertificate,
        );
      }
    }
  }

  #open(stream: Stream, started: number): void {
    const { clock, log, name, isEncrypted } = this.#options;
    if (this.#isStopped) return stream.close();
    const now = clock.now();
    const connection = new Connection(stream, this, now);
    const took = Math.round(now - started);
    const text = `Connected to upstream ${name} in ${took} ms`;
    if (this.counters.connections === 0) log.info(text);
    else log.debug(text);
    this.counters.connections++;
    if (isEncrypted) this.counters.handshakes++;
    this.#connection = connection;
    this.#reach.onConnected();
    connection.read(clock.now);
    this.#idle.wake();
    this.#pump(connection, now);
  }

  /** An attempt failed, or a connection that brought nothing was lost. */
  #fail(now: number, cause: string, isPermanent: boolean): void {
    const { clock, log, name } = this.#options;
    const isNews = this.#reach.cause !== cause;
    const delay = this.#reach.onFailure(now, cause, isPermanent);
    if (isNews) log.warning(`Cannot reach upstream ${name}: ${cause}`);
    if (this.#reach.isDown(now)) {
      this.#failAll(isPermanent ? this.#reach.timeout(cause) : this.#reach.unreachable);
    } else {
      this.#retry?.cancel();
      this.#retry = clock.after(delay, () => this.#tryAgain());
    }
  }

  #tryAgain(): void {
    this.#retry = undefined;
    if (this.#pending.size > 0) this.#connect();
  }

  #recover(now: number): void {
    const { log, name } = this.#options;
    const seconds = ((now - this.#reach.failingSince) / 1000).toFixed(1);
    log.info(`Upstream ${name} answers again after ${seconds} s`);
    this.#reach.onAnswer();
  }

  /** Makes what was in flight on a lost connection wait again; returns how many queries that were. */
  #recall(connection: Connection): number {
    const pending = this.#pending;
    const lost: number[] = [];
    for (let slot = pending.byAge.first; slot >= 0; slot = pending.byAge.after(slot)) {
      if (pending.connection(slot) === connection) lost.push(slot);
    }
    // From the youngest on, since each becomes the first to be sent.
    for (const slot of lost.toReversed()) {
      pending.recall(slot);
      if (pending.sends[slot] >= MAX_SENDS) {
        this.#failOne(slot, this.#reach.timeout(`connection lost ${MAX_SENDS} times`));
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
    silent?.close(`no reply to anything for ${this.#options.deadline / 1000} s`, false);
    const connection = this.#connection;
    if (connection && connection.quarantined.length > MAX_QUARANTINED) {
      connection.close(`${MAX_QUARANTINED} queries unanswered`, false);
    }
    return pending.size > 0;
  }

  #giveUp(slot: number, connection: Connection | undefined): void {
    const pending = this.#pending;
    this.counters.failed++;
    if (!connection) {
      const failure = this.#reach.cause === ""
        ? this.#noReply
        : this.#reach.timeout(this.#reach.cause);
      pending.take(slot).fail(pending.token(slot), failure);
      return;
    }
    connection.inFlight--;
    connection.quarantined.push(pending.id(slot));
    pending.abandon(slot).fail(pending.token(slot), this.#noReply);
  }

  /** Closes the connection before a server or a router on the way drops it silently. */
  #closeIfIdle(now: number): boolean {
    const connection = this.#connection;
    if (!connection) return false;
    if (connection.inFlight > 0 || now - connection.lastUse < this.#options.idle) return true;
    connection.close("idle", false);
    return false;
  }
}
