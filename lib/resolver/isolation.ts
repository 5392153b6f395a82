/**
 * Keeps clients, or listeners, apart: each has a resolver of its own, and with it everything that one could
 * learn of another by: connections and their TLS sessions, questions joined, failures remembered, and what
 * is known of upstreams.
 *
 *     key --first query--> own resolver --unused for `idle` and not connected--> gone
 *                               |
 *                               +-- another is needed, there are as many as may be, this one owes nothing
 *                                   and was unused for longest --> gone
 *
 * Invariant: a query meets the resolver of its key or none. Where all owe something, it is refused.
 */

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import { Sweep } from "../base/sweep.ts";
import { ALL_BUSY, STOPPING } from "./failure.ts";
import type { ClientResolvers, Resolver } from "./resolver.ts";
import type { IsUnmoved } from "./unmoved.ts";

/** What one key has to itself. */
export interface IsolatedResolver {
  readonly resolver: Resolver;
  /** Whether a query has no outcome yet. */
  readonly isBusy: boolean;
  /** Whether it has an open connection. */
  readonly isConnected: boolean;
  /** To be called every second or so: whether the clock is still wrong. */
  look(): void;
  /**
   * The network is not what it was: connections are renewed, and failures forgotten, but for what `isUnmoved` if that
   * is given. Says whether any connection is renewed.
   */
  renew(isUnmoved?: IsUnmoved): boolean;
  /** Ends everything: what is pending fails. */
  stop(): void;
}

export interface IsolationOptions {
  /** Resolvers at a time, at least one. */
  readonly most: number;
  /** Milliseconds without a query until one that is not connected goes away. */
  readonly idle: number;
  /** Makes the resolver of a key that has none. */
  readonly make: () => IsolatedResolver;
  /** What the keys stand for, in the plural, for the log. */
  readonly what: string;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Entry {
  readonly own: IsolatedResolver;
  lastUse: number;
}

const TICK = 1000;
/** Milliseconds from one warning to the next. */
const WARNING_INTERVAL = 60_000;

export class Isolation implements ClientResolvers {
  readonly #options: IsolationOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #sweep: Sweep;
  /** Refuses every query. */
  readonly refusing: Resolver;
  /** For the next key that has none; not in use yet. */
  #spare: IsolatedResolver | undefined;
  #lastWarning = -Infinity;
  #isStopped = false;

  constructor(options: IsolationOptions) {
    this.#options = options;
    this.#sweep = new Sweep(options.clock, TICK, (now) => this.#closeIdle(now));
    this.refusing = {
      resolve: (_query, requester, token) => requester.fail(token, ALL_BUSY),
    };
  }

  /** How many resolvers there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** How many there may be. */
  get most(): number {
    return this.#options.most;
  }

  /** Whether a query has no outcome yet. */
  get isBusy(): boolean {
    return [...this.#entries.values()].some(({ own }) => own.isBusy);
  }

  /** Makes the resolver of the first key before that is known, so that it can connect ahead. */
  prepare(): void {
    if (!this.#isStopped && this.size === 0) this.#spare ??= this.#options.make();
  }

  /** The resolver of `key`, for the next query: it may be gone after that. */
  resolverFor(key: string): Resolver {
    if (this.#isStopped) return STOPPED;
    const now = this.#options.clock.now();
    const entry = this.#entries.get(key) ?? this.#add(key, now);
    if (entry === undefined) return this.refusing;
    entry.lastUse = now;
    return entry.own.resolver;
  }

  /** Passes each query on to the resolver that `key` has then. */
  ofKey(key: string): Resolver {
    return {
      resolve: (query, requester, token) => this.resolverFor(key).resolve(query, requester, token),
    };
  }

  /** To be called every second or so. */
  look(): void {
    for (const { own } of this.#entries.values()) own.look();
  }

  /** The network is not what it was. */
  renew(isUnmoved?: IsUnmoved): boolean {
    const all = [...this.#entries.values()].map(({ own }) => own.renew(isUnmoved));
    return this.#spare?.renew(isUnmoved) === true || all.includes(true);
  }

  /** Ends everything: what is pending fails. */
  stop(): void {
    this.#isStopped = true;
    this.#sweep.stop();
    for (const { own } of this.#entries.values()) own.stop();
    this.#entries.clear();
    this.#spare?.stop();
  }

  #add(key: string, now: number): Entry | undefined {
    const { make, most } = this.#options;
    if (this.#entries.size >= most && !this.#giveWay(now)) return undefined;
    const entry = { own: this.#spare ?? make(), lastUse: now };
    this.#spare = undefined;
    this.#entries.set(key, entry);
    this.#sweep.wake();
    return entry;
  }

  /** Ends the resolver that was unused for longest, of those that owe nothing; false if all do. */
  #giveWay(now: number): boolean {
    this.#warn(now);
    let oldest: [string, Entry] | undefined;
    for (const each of this.#entries) {
      if (each[1].own.isBusy) continue;
      if (oldest === undefined || each[1].lastUse < oldest[1].lastUse) oldest = each;
    }
    if (oldest === undefined) return false;
    this.#end(...oldest);
    return true;
  }

  #closeIdle(now: number): boolean {
    for (const [key, entry] of this.#entries) {
      const { own, lastUse } = entry;
      if (now - lastUse < this.#options.idle || own.isConnected || own.isBusy) continue;
      this.#end(key, entry);
    }
    return this.#entries.size > 0;
  }

  #end(key: string, { own }: Entry): void {
    this.#entries.delete(key);
    own.stop();
  }

  #warn(now: number): void {
    if (now - this.#lastWarning < WARNING_INTERVAL) return;
    this.#lastWarning = now;
    const { log, most, what } = this.#options;
    log.warning(
      `More than ${most} ${what} at a time: connections of those that ask least are closed for ` +
        "others; --limit isolated=N allows more",
    );
  }
}

const STOPPED: Resolver = {
  resolve: (_query, requester, token) => requester.fail(token, STOPPING),
};
