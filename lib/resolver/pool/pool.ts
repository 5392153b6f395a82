/**
 * Several upstreams as one. A policy says which is asked first; one that cannot answer is stepped over:
 *
 *     resolve() -> member --respond()-----------------------------> requester
 *                    |  ^
 *                    |  +-- next member: it failed, sent no whole answer (worth.ts), or is no longer well
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
import { failureOf } from "../failed_response.ts";
import { type Failure, failure, INVALID_DATA, OVERLOAD } from "../failure.ts";
import type { Policy } from "./policy.ts";
import { PoolEntries } from "./pool_entries.ts";
import type { PoolMember, PoolMemberOwner, PoolUpstream } from "./pool_member.ts";
import { PoolMembers } from "./pool_members.ts";
import { PoolNews } from "./pool_news.ts";
import type { Origin } from "../origin.ts";
import type { Requester, Resolver, Token } from "../resolver.ts";
import { Worth, worthOf } from "./worth.ts";

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
  /** Where pools of the same upstreams log together; its own `log` unless given. */
  readonly news?: PoolNews;
}

const TICK = 50;
/** Milliseconds between queries that find out whether a suspect answers again. */
const PROBE_GAP = 10_000;
/** Milliseconds until a suspect is not waited for alone. */
const PATIENCE = 1000;
/** Milliseconds that a response is held back while others are asked for a better one. */
const SECOND_OPINION = 1000;
/** Less time than this is too little to ask anyone else. */
const MIN_TIME = 300;

export class Pool implements Resolver, PoolMemberOwner {
  readonly #options: PoolOptions;
  readonly #members: PoolMembers;
  readonly #news: PoolNews;
  readonly #entries: PoolEntries;
  readonly #sweep: Sweep;
  readonly #late: Failure;
  /** Queries sent to another upstream after one had not answered, or to two at once. */
  askedElsewhere = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
    const { log, policy, upstreams } = options;
    const names = upstreams.map(({ name }) => name);
    this.#news = options.news ?? new PoolNews(names, policy.isOrdered, log);
    this.#members = new PoolMembers(upstreams, this, this.#news);
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
    if (this.#members.hasSuspects) this.#probe(slot, ticket, query, now);
    const mayRace = this.#members.well.length > 1 && this.#options.policy.asksTwo();
    if (mayRace && entries.find(ticket) === slot) this.#askNext(slot);
  }

  /** Suspicions from before the network changed are void. */
  renew(): void {
    this.#members.renew();
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
    const entries = this.#entries;
    if (member.isSuspect) this.#trust(member);
    if (this.#news.isAnyDown) this.#news.onUp(member.upstream.name);
    const slot = entries.find(ticket);
    if (slot < 0) return;
    const query = entries.query(slot);
    const worth = isOpaque(query) ? Worth.WHOLE : worthOf(query, response);
    if (worth === Worth.WHOLE) {
      return entries.take(slot).respond(entries.token(slot), response, from);
    }
    const isFailure = worth === Worth.FAILED || worth === Worth.NONE;
    if (isFailure) return this.#onFailed(slot, member, failureIn(response, worth), from);
    entries.hold(slot, response, worth, from, this.#options.clock.now());
    this.#goOn(slot, member, true);
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

  /** A member may still answer, but what came was the answer to another question. */
  onDoubt(member: PoolMember, ticket: Token): void {
    const entries = this.#entries;
    const slot = entries.find(ticket);
    if (slot < 0 || isOpaque(entries.query(slot))) return;
    entries.doubted[slot] |= member.bit;
    if (!this.#isHopeful(slot) && this.#hasTime(slot)) this.#askNext(slot);
  }

  #askFirst(slot: number, query: Uint8Array, now: number): void {
    const { policy } = this.#options;
    let member = policy.choose(this.#members.eligible);
    while (!member.isSuspect && member.upstream.health(now) !== "well") {
      this.#members.suspect(member, now);
      member = policy.choose(this.#members.eligible);
    }
    this.#ask(slot, member, query);
  }

  /** Asks one that was not asked yet, those that are well first; false if there is none. */
  #askNext(slot: number): boolean {
    const asked = this.#entries.asked[slot];
    const isFree = ({ bit }: PoolMember) => (asked & bit) === 0;
    const member = this.#members.well.find(isFree) ?? this.#members.all.find(isFree);
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
    for (const member of this.#members.all) {
      if (!member.isSuspect || now - member.lastProbe < PROBE_GAP) continue;
      if (this.#entries.find(ticket) !== slot) return;
      if ((this.#entries.asked[slot] & member.bit) !== 0) continue;
      member.lastProbe = now;
      this.#ask(slot, member, query);
    }
  }

  /** A member has no answer to an entry: another one may have. */
  #onFailed(slot: number, member: PoolMember, failure: Failure, from: Origin | undefined): void {
    this.#entries.noteFailure(slot, failure, from);
    this.#goOn(slot, member, !failure.isOverload);
  }

  /** A member has had its say: asks another one, if it may, and ends the entry once all have had theirs. */
  #goOn(slot: number, member: PoolMember, mayAsk: boolean): void {
    const { owing } = this.#entries;
    owing[slot] &= ~member.bit;
    if (this.#isHopeful(slot)) return;
    if (mayAsk && this.#hasTime(slot) && this.#askNext(slot)) return;
    if (owing[slot] === 0) this.#end(slot);
  }

  /** Whether a member owes an outcome whose connection brought nothing wrong. */
  #isHopeful(slot: number): boolean {
    return (this.#entries.owing[slot] & ~this.#entries.doubted[slot]) !== 0;
  }

  #hasTime(slot: number): boolean {
    const { clock, deadline } = this.#options;
    return deadline - (clock.now() - this.#entries.added[slot]) >= MIN_TIME;
  }

  /** Ends an entry with the best that was heard. */
  #end(slot: number): void {
    const entries = this.#entries;
    const from = entries.origins[slot];
    const held = entries.held(slot);
    const failure = entries.failures[slot] ?? this.#late;
    const requester = entries.take(slot);
    if (held) requester.respond(entries.token(slot), held, from);
    else requester.fail(entries.token(slot), failure, from);
  }

  /** Ends what is past its deadline, asks others where nobody well is asked; says whether to go on. */
  #lookAfter(now: number): boolean {
    const entries = this.#entries;
    for (let slot = entries.byAge.first; slot >= 0; slot = entries.byAge.first) {
      if (now - entries.added[slot] < this.#options.deadline) break;
      this.#end(slot);
    }
    if (entries.holding > 0) this.#endHeld(now);
    this.#members.look(now);
    if (this.#members.hasSuspects) this.#moveOn(now);
    return entries.size > 0;
  }

  /** Nobody waits longer than this for a second opinion. */
  #endHeld(now: number): void {
    const entries = this.#entries;
    for (let slot = entries.byAge.first; slot >= 0;) {
      const next = entries.byAge.after(slot);
      if (now - entries.heldSince(slot) >= SECOND_OPINION) this.#end(slot);
      slot = next;
    }
  }

  /** Asks another member for every entry that only suspects owe; another suspect after a second. */
  #moveOn(now: number): void {
    const entries = this.#entries;
    const well = this.#members.well.reduce((bits, member) => bits | member.bit, 0);
    for (let slot = entries.byAge.first; slot >= 0;) {
      const next = entries.byAge.after(slot);
      const isDue = well !== 0 || now - entries.added[slot] >= PATIENCE;
      if (isDue && (entries.owing[slot] & well) === 0) this.#askNext(slot);
      slot = next;
    }
  }

  #trust(member: PoolMember): void {
    this.#members.trust(member);
    this.#entries.forgive(member.bit);
  }
}

/** What answers a signed query is for the client to judge, octet by octet (RFC 5625, 4.5). */
function isOpaque(query: Uint8Array): boolean {
  return !isCanonical(query, query.length, questionEnd(query));
}

function failureIn(response: Uint8Array, worth: number): Failure {
  return worth === Worth.NONE ? INVALID_DATA : failureOf(response) ?? INVALID_DATA;
}
