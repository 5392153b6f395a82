/**
 * The way to an upstream: one connection, or one attempt at it, or a timer for the next attempt. It
 * decides when to connect and whether a query may hope; what travels is its owner's business.
 *
 * A connection that falls silent is replaced before it is given up: a second one is opened beside it,
 * which takes over, and the earlier one is closed once nothing is in flight on it. Should the earlier one
 * be the first to answer, it is kept.
 */

import type { Timer } from "../../base/clock.ts";
import type { DialError } from "../../net/dial_error.ts";
import type { Stream } from "../../net/dial.ts";
import type { Connection, Ending } from "./connection.ts";
import { Connections } from "./connections.ts";
import { Growth } from "./growth.ts";
import type { Failure, Remember } from "../failure.ts";
import type { Health } from "../pool/pool_member.ts";
import { IdleWatch } from "./idle_watch.ts";
import type { LinkOptions, LinkOwner } from "./link_owner.ts";
import { Opener } from "./opener.ts";
import { Outage } from "./outage.ts";
import { type Outlook, outlookOf, Reach } from "./reach.ts";
import type { IsUnmoved } from "../unmoved.ts";
import { stateOf, type UpstreamState } from "./upstream_state.ts";

/** Milliseconds after which an attempt to connect is taken for one that fails. */
const SLOW_DIAL = 1000;

export class Link {
  readonly #options: LinkOptions;
  readonly #owner: LinkOwner;
  readonly #reach: Reach;
  readonly #outage: Outage;
  readonly #idleWatch: IdleWatch;
  readonly #connections = new Connections();
  readonly #growth: Growth;
  readonly #opener: Opener;
  #dialed = -Infinity;
  #isDialing = false;
  #retry: Timer | undefined;
  #isStopped = false;

  constructor(options: LinkOptions, owner: LinkOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#opener = new Opener(options, owner);
    this.#reach = new Reach(options.label, options.deadline, options.random);
    this.#outage = new Outage(options, this.#reach);
    this.#idleWatch = new IdleWatch(options, () => this.connection);
    this.#growth = new Growth({
      ...options,
      all: this.#connections,
      counters: owner.counters,
      adopt: (stream, started) => this.#adopt(stream, started),
      onOpen: (connection, more) => this.#onOpenExtra(connection, more),
    });
  }

  /** The connection on which queries go, if there is one. */
  get connection(): Connection | undefined {
    return this.#connections.current;
  }

  /** Those that share the queries with it. */
  get extra(): readonly Connection[] {
    return this.#connections.extra;
  }

  /** Those that take no more queries and still owe responses. */
  get retired(): Iterable<Connection> {
    return this.#connections.retired;
  }

  /** Whether there is a connection, and a change of the network has left all as they were. */
  isUnmoved(isUnmoved: IsUnmoved): boolean {
    const { all } = this.#connections;
    return all.length > 0 && all.every(isUnmoved);
  }

  /** The connection on which the next query goes. */
  get lightest(): Connection | undefined {
    return this.#connections.lightest;
  }

  /** The silent connection that is being replaced, if there is one. */
  get earlier(): Connection | undefined {
    return this.#connections.earlier;
  }

  /** Whether a query may be sent on `connection`: now and then one, where that is silent and all else failed. */
  mayCarry(connection: Connection, now: number): boolean {
    return this.#reach.failingSince < 0 || this.#reach.mayCarry(connection.quietSince, now);
  }

  /** Whether it cannot be had: attempts fail, or one takes too long. */
  isFailing(now: number): boolean {
    if (this.#reach.failingSince >= 0) return true;
    return this.connection === undefined && this.#isDialing && now - this.#dialed >= SLOW_DIAL;
  }

  /** What it is up to; its owner knows its `health`, and how many queries are pending. */
  state(now: number, health: Health, pending: number): UpstreamState {
    const isDialing = this.#isDialing;
    const idleLimit = this.#idleWatch.limit;
    return stateOf(this.#reach, this.#connections, { isDialing, idleLimit, health, pending }, now);
  }

  /** What queries are told that are not even tried. */
  get unreachable(): Failure {
    return this.#reach.unreachable;
  }

  /** What a query is told that waited in vain: because the link was down, else because of `otherwise`. */
  timeout(otherwise: string, remember: Remember): Failure {
    return this.#reach.timeout(this.#reach.cause || otherwise, remember);
  }

  /** A query waits without a connection; false if it is to fail at once. */
  want(now: number): boolean {
    const isDue = this.#reach.mayAttempt(now);
    const isDown = this.#reach.isDown(now);
    if (this.#isDialing || (!isDue && (isDown || this.#retry !== undefined))) return !isDown;
    this.#connect();
    return true;
  }

  /** Connects before any query asks for it; the log tells what comes of it. */
  connectAhead(): void {
    if (!this.connection) this.#connect();
  }

  /** Queries wait at the upstream for others on the same connection: opens more. */
  grow(now: number): void {
    if (!this.earlier && !this.#isDialing) this.#growth.grow(now);
  }

  /** So many queries are pending. */
  onLook(pending: number, now: number): void {
    if (this.extra.length > 0) this.#growth.onLook(pending, now);
  }

  /** One of several connections is silent: it gets no more queries. */
  setAside(connection: Connection): void {
    if (!this.#connections.retire(connection)) connection.close("silent", "ours");
  }

  /** The connection is silent: opens another beside it. */
  replace(now: number): void {
    if (!this.earlier && this.#reach.mayAttempt(now)) this.#connect();
  }

  /**
   * The connection may be dead without a word: an idle one is closed, one in use is replaced unless it
   * answers. What failed before may work now.
   */
  renew(): void {
    this.#connections.closeExtra("renewed");
    const { connection } = this;
    this.#reach.forget(this.#options.clock.now());
    // Silent ever since, until they say something.
    for (const each of this.retired) each.quietSince = 0;
    if (connection?.inFlight === 0) return connection.close("renewed", "ours");
    if (connection) connection.quietSince = 0;
    if (!this.earlier && (connection || this.#owner.isWaiting)) this.#connect();
  }

  /** Closes what takes no more queries, once nothing is in flight on it. */
  closeDrained(): void {
    this.#connections.closeDrained();
  }

  /** A query has waited for a connection, or for a silent one, until its deadline. */
  onTimeout(now: number): void {
    this.#outage.onTimeout(now);
  }

  /**
   * The upstream fell silent with queries unanswered, after it had answered others, and then closed. Some
   * versions of dnsdist read only the first queries of a TLS record: from now on each has its own.
   */
  onStall(): void {
    if (this.#opener.isSeparate) return;
    this.#opener.isSeparate = true;
    this.#options.log.info(`Upstream ${this.#options.name} stalls: sending queries one by one`);
  }

  /**
   * The latest response on a connection allows it to be idle for `timeout` ms; -1: it does not say. 0 is
   * final: it is retired, or closed once it is idle, and the next query opens another.
   */
  onKeepalive(connection: Connection, timeout: number): void {
    if (connection.keepalive === 0) return;
    connection.keepalive = timeout;
    if (timeout !== 0 || !this.#connections.retire(connection)) this.#idleWatch.update();
  }

  /** A connection has ended. */
  onLost(connection: Connection, reason: string, ending: Ending): void {
    const isCurrent = connection === this.connection;
    if (this.extra.includes(connection) && ending !== "ours") this.#growth.onLost(connection);
    this.#connections.remove(connection);
    if (this.#isStopped) return;
    const isTheirs = isCurrent && ending !== "ours";
    const isIdle = connection.inFlight === 0 || connection.isStale;
    // Only one that was used is replaced: else there would be no end of it without any query.
    const isWorthAnother = isTheirs && isIdle && connection.answered > 0 &&
      this.#idleWatch.onClosedByUpstream(connection);
    if (isWorthAnother && !this.connection) this.#connect(true);
    // It brought nothing although it was asked.
    if (isTheirs && !isIdle && connection.answered === 0) this.#fail(reason, "passing");
    else this.reopen();
  }

  /** Connects if queries wait and there is no connection. */
  reopen(): void {
    if (this.#owner.isWaiting && !this.connection) this.#connect();
  }

  /** A response has come at `now`. */
  onAnswer(connection: Connection, now: number): void {
    const { log, name } = this.#options;
    if (this.#connections.onAnswer(connection)) {
      log.info(`Replaced a silent connection to upstream ${name}`);
    }
    this.#outage.onAnswer(now);
  }

  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
    this.#idleWatch.stop();
    this.#growth.stop();
    this.#connections.closeAll("stopping");
  }

  /** `isEager`: before any query asks for it, so that it is no failure if that fails. */
  async #connect(isEager = false): Promise<void> {
    if (this.#isDialing || this.#isStopped) return;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#isDialing = true;
    const started = this.#options.clock.now();
    this.#dialed = started;
    this.#reach.onAttempt(started);
    const stream = await this.#options.dial().catch((error: DialError) => error);
    this.#isDialing = false;
    if (!(stream instanceof Error)) return this.#open(stream, started);
    this.#owner.counters.failedAttempts++;
    if (this.#isStopped || (isEager && !this.#owner.isWaiting)) return;
    this.#fail(stream.message, outlookOf(stream), stream.detail);
  }

  #open(stream: Stream, started: number): void {
    const connection = this.#adopt(stream, started);
    if (!connection) return;
    this.#connections.add(connection);
    this.#reach.onConnected(connection.opened);
    this.#idleWatch.update();
    this.#owner.onOpen(connection);
  }

  #onOpenExtra(connection: Connection, more: number): void {
    this.#idleWatch.update();
    this.#owner.onOpenExtra(connection, more);
  }

  /** A connection that takes `stream` over; undefined where nothing is wanted any more. */
  #adopt(stream: Stream, started: number): Connection | undefined {
    if (this.#isStopped) return void stream.close();
    return this.#opener.open(stream, started);
  }

  /** An attempt failed, or a connection that brought nothing was lost. */
  #fail(cause: string, outlook: Outlook, detail = ""): void {
    const { clock } = this.#options;
    const delay = this.#outage.onFailure(cause, outlook, detail);
    // Its silence is looked after where queries wait on it.
    if (this.connection) return;
    if (this.#reach.isDown(clock.now())) {
      const reach = this.#reach;
      return this.#owner.onDown(outlook === "permanent" ? reach.timeout(cause) : reach.unreachable);
    }
    this.#retry?.cancel();
    this.#retry = clock.after(delay, () => this.#tryAgain());
  }

  #tryAgain(): void {
    this.#retry = undefined;
    this.reopen();
  }
}
