/**
 * Several upstreams as one. A policy says who is asked first; whoever cannot answer is stepped over:
 *
 *     resolve() -> member --respond()-----------------------------> requester
 *                    |  ^
 *                    |  +-- next member: it failed, answered SERVFAIL or REFUSED, or is no longer well
 *                    +--> suspect: others first, until it answers something; every ten seconds a query
 *                         goes to it as well
 *
 * Invariants: every entry ends in exactly one respond() or fail(), within the deadline, counted from the
 * first attempt. Only the state of its connection makes an upstream suspect, never a single query.
 */

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import { Sweep } from "../../base/sweep.ts";
import { InfoCode } from "../../dns/edns.ts";
import { Rcode } from "../../dns/header.ts";
import { isCanonical } from "../../dns/query.ts";
import { questionEnd } from "../../dns/question.ts";
import { failureOf, isMalformed, mayBeFailure } from "../failed_response.ts";
import { type Failure, failure, INVALID_DATA, OVERLOAD } from "../failure.ts";
import type { Policy } from "./policy.ts";
import { PoolEntries } from "./pool_entries.ts";
import { PoolMember, type PoolMemberOwner, type PoolUpstream } from "./pool_member.ts";
import type { Origin } from "../origin.ts";
import type { Requester, Resolver, Token } from "../resolver.ts";

export interface PoolOptions {
  /** In the order of preference; at most 31. */
  readonly upstreams: readonly PoolUpstream[];
  readonly policy: Policy;
  /** Queries pending at a time. */
  readonly capacity: number;
  /** Milliseconds until SERVFAIL. */
  readonly deadline: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const TICK = 50;
/** Milliseconds between queries that find out whether a suspect answers again. */
const PROBE_GAP = 10_000;
/** Milliseconds until a suspect is not waited for alone. */
const PATIENCE = 1000;
/** Less time than this is too little to ask anyone else. */
const MIN_TIME = 300;

export class Pool implements Resolver, PoolMemberOwner {
  readonly #options: PoolOptions;
  readonly #members: readonly PoolMember[];
  #well: readonly PoolMember[];
  readonly #entries: PoolEntries;
  readonly #sweep: Sweep;
  readonly #late: Failure;
  /** Queries sent to another upstream after one had not answered, or to two at once. */
  askedElsewhere = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#members = options.upstreams.map((upstream, at) => new PoolMember(upstream, at, this));
    this.#well = this.#members;
    this.#entries = new PoolEntries(options.capacity);
    this.#sweep = new Sweep(options.clock, TICK, (now) => this.#lookAfter(now));
    const text = `no reply of any upstream within ${options.deadline / 1000} s`;
    this.#late = failure(Rcode.SERVFAIL, [{ code: InfoCode.NETWORK_ERROR, text }], "briefly");
  }

  resolve(query: Uint8Array, requester: Requester, token: Token): void {
    const now = this.#options.clock.now();
    const entries = this.#entries;
    const slot = entries.add(query, requester, token, now);
    if (slot < 0) return requester.fail(token, OVERLOAD);
    const ticket = entries.ticket(slot);
    this.#sweep.wake();
    this.#askFirst(slot, query, now);
    if (this.#well.length < this.#members.length) this.#probe(slot, ticket, query, now);
    if (this.#well.length > 1 && this.#options.policy.asksTwo() && entries.find(ticket) === slot) {
      this.#askNext(slot);
    }
  }

  /** Suspicions from before the network changed are void. */
  renew(): void {
    for (const member of this.#members) member.isSuspect = member.isTold = false;
    this.#update();
  }

  /** Nothing is asked any more; upstreams that are stopped fail what they owe. */
  stop(): void {
    this.#sweep.stop();
  }

  onResponse(
    member: PoolMember,
    ticket: Token,
    response: Uint8Array,
    from: Origin | undefined,
  ): void {
    if (member.isSuspect) this.#trust(member);
    const slot = this.#entries.find(ticket);
    if (slot < 0) return;
    const failed = this.#isOpaque(slot) ? undefined : failureIn(response);
    if (failed) this.#onFailed(slot, member, failed, from);
    else this.#entries.take(slot).respond(this.#entries.token(slot), response, from);
  }

  onFailure(
    member: PoolMember,
    ticket: Token,
    failure: Failure,
    from: Origin | undefined,
  ): void {
    const slot = this.#entries.find(ticket);
    if (slot >= 0) this.#onFailed(slot, member, failure, from);
  }

  /** What answers a signed query is for the client to judge, octet by octet (RFC 5625, 4.5). */
  #isOpaque(slot: number): boolean {
    const query = this.#entries.query(slot);
    return !isCanonical(query, query.length, questionEnd(query));
  }

  #askFirst(slot: number, query: Uint8Array, now: number): void {
    const { policy } = this.#options;
    let member = policy.choose(this.#well.length > 0 ? this.#well : this.#members);
    while (!member.isSuspect && member.upstream.health(now) !== "well") {
      this.#suspect(member, now);
      member = policy.choose(this.#well.length > 0 ? this.#well : this.#members);
    }
    this.#ask(slot, member, query);
  }

  /** Asks one that was not asked yet, those that are well first; false if there is none. */
  #askNext(slot: number): boolean {
    const asked = this.#entries.asked[slot];
    const isFree = ({ bit }: PoolMember) => (asked & bit) === 0;
    const member = this.#well.find(isFree) ?? this.#members.find(isFree);
    if (!member) return false;
    this.askedElsewhere++;
    this.#ask(slot, member, this.#entries.query(slot));
    return true;
  }

  #ask(slot: number, member: PoolMember, query: Uint8Array): void {
    const entries = this.#entries;
    entries.asked[slot] |= member.bit;
    entries.owing[slot] |= member.bit;
    member.upstream.resolve(query, member, entries.ticket(slot));
  }

  /** Now and then a suspect gets a query that another one answers anyway. */
  #probe(slot: number, ticket: Token, query: Uint8Array, now: number): void {
    for (const member of this.#members) {
      if (!member.isSuspect || now - member.lastProbe < PROBE_GAP) continue;
      if (this.#entries.find(ticket) !== slot) return;
      if ((this.#entries.asked[slot] & member.bit) !== 0) continue;
      member.lastProbe = now;
      this.#ask(slot, member, query);
    }
  }

  /** A member has no answer to an entry: another one may have. */
  #onFailed(slot: number, member: PoolMember, failure: Failure, from: Origin | undefined): void {
    const entries = this.#entries;
    entries.owing[slot] &= ~member.bit;
    // What a server said is worth more than that another one could not be reached.
    const known = entries.failures[slot];
    if (known?.remember !== "longer") {
      entries.failures[slot] = failure;
      entries.origins[slot] = from;
    }
    if (entries.owing[slot] !== 0) return;
    const now = this.#options.clock.now();
    const hasTime = this.#options.deadline - (now - entries.added[slot]) >= MIN_TIME;
    if (!failure.isOverload && hasTime && this.#askNext(slot)) return;
    this.#fail(slot, entries.failures[slot] ?? failure);
  }

  #fail(slot: number, failure: Failure): void {
    const from = this.#entries.origins[slot];
    this.#entries.take(slot).fail(this.#entries.token(slot), failure, from);
  }

  /** Ends what is past its deadline, asks others where nobody well is asked; says whether to go on. */
  #lookAfter(now: number): boolean {
    const entries = this.#entries;
    for (let slot = entries.byAge.first; slot >= 0; slot = entries.byAge.first) {
      if (now - entries.added[slot] < this.#options.deadline) break;
      this.#fail(slot, entries.failures[slot] ?? this.#late);
    }
    this.#lookAtMembers(now);
    if (this.#well.length < this.#members.length) this.#moveOn(now);
    return entries.size > 0;
  }

  #lookAtMembers(now: number): void {
    for (const member of this.#members) {
      if (member.isTold) continue;
      const health = member.upstream.health(now);
      if (!member.isSuspect && health !== "well") this.#suspect(member, now);
      if (member.isSuspect && health === "failing") this.#tell(member);
    }
  }

  /** Asks another member for every entry that only suspects have; another suspect after a second. */
  #moveOn(now: number): void {
    const entries = this.#entries;
    const well = this.#well.reduce((bits, member) => bits | member.bit, 0);
    for (let slot = entries.byAge.first; slot >= 0;) {
      const next = entries.byAge.after(slot);
      const isDue = well !== 0 || now - entries.added[slot] >= PATIENCE;
      if (isDue && (entries.asked[slot] & well) === 0) this.#askNext(slot);
      slot = next;
    }
  }

  #suspect(member: PoolMember, now: number): void {
    member.isSuspect = true;
    member.lastProbe = now;
    this.#update();
  }

  #tell(member: PoolMember): void {
    member.isTold = true;
    const others = this.#well.map(({ upstream }) => upstream.name).join(", ");
    if (others === "") return;
    this.#options.log.warning(
      `Upstream ${member.upstream.name} is not used for now, but ${others}`,
    );
  }

  #trust(member: PoolMember): void {
    member.isSuspect = false;
    this.#entries.forgive(member.bit);
    this.#update();
    if (member.isTold) this.#options.log.info(`Upstream ${member.upstream.name} is used again`);
    member.isTold = false;
  }

  #update(): void {
    this.#well = this.#members.filter((member) => !member.isSuspect);
  }
}

/** Why a response is not taken while another upstream may know better. */
function failureIn(response: Uint8Array): Failure | undefined {
  if (isMalformed(response)) return INVALID_DATA;
  return mayBeFailure(response) ? failureOf(response) : undefined;
}
