/**
 * Joins equal questions in flight: one query goes on, every requester gets its outcome (RFC 5452, 5;
 * RFC 9520, 2.3). Clients that ask again with another ID or port thus cost nothing upstream, and a
 * forwarding loop ends at its first turn.
 *
 * A large response stays for a second, as a client that got a truncated reply asks again over TCP; a
 * failure stays too, as clients ask again at once (RFC 9520, 3.2).
 *
 * Equal is: same name but for case, type, class, RD, AD, CD and DO. Opaque queries pass unjoined.
 *
 *     questions:  slot -> copy of the query in lower case, first and last waiter
 *     waiters:    slot -> requester, token, next waiter
 *
 * Waiters get their outcome in the order in which they asked.
 */

import type { Clock } from "../base/clock.ts";
import { HashIndex, hashOctets } from "../base/hash_index.ts";
import { OctetSlots } from "../base/octet_slots.ts";
import { SlotTable } from "../base/slot_table.ts";
import { HEADER_LENGTH } from "../dns/header.ts";
import { lowerCase } from "../dns/name.ts";
import { isCanonical, MAX_QUERY_LENGTH } from "../dns/query.ts";
import { questionEnd } from "../dns/question.ts";
import { failureOf, isMalformed, mayBeFailure } from "./failed_response.ts";
import { type Failure, fromCache, OVERLOAD } from "./failure.ts";
import { FailureCache } from "./failure_cache.ts";
import { QuestionCounters } from "./question_counters.ts";
import type { Origin } from "./origin.ts";
import { MIN_LARGE_LENGTH, RecentResponses } from "./recent_responses.ts";
import type { Requester, Resolver, Token } from "./resolver.ts";

/** The flags stand behind the ID, which is not part of the question. */
const KEY_START = 2;
/** Failures remembered: those of a busy second. */
const MAX_FAILURES = 4096;

export interface CoalescerOptions {
  /** Requesters that wait at a time. */
  readonly capacity: number;
  readonly clock: Clock;
  /** Counts here, if given, with others. */
  readonly counters?: QuestionCounters;
}

export class Coalescer implements Resolver, Requester {
  readonly #inner: Resolver;
  readonly #questions: SlotTable;
  readonly #keys: OctetSlots;
  readonly #index: HashIndex;
  readonly #firstWaiter: Int32Array;
  readonly #lastWaiter: Int32Array;
  readonly #waiters: SlotTable;
  readonly #requesters: (Requester | undefined)[];
  readonly #tokens: Float64Array;
  readonly #nextWaiter: Int32Array;
  readonly #key = new Uint8Array(MAX_QUERY_LENGTH);
  readonly #recent: RecentResponses;
  readonly #failures: FailureCache;
  readonly counters: QuestionCounters;

  constructor(inner: Resolver, { capacity, clock, counters }: CoalescerOptions) {
    this.#inner = inner;
    this.counters = counters ?? new QuestionCounters();
    this.#recent = new RecentResponses(clock);
    this.#failures = new FailureCache(Math.min(MAX_FAILURES, capacity), KEY_START, clock);
    this.#questions = new SlotTable(capacity, "last-freed");
    this.#keys = new OctetSlots(capacity, MAX_QUERY_LENGTH);
    this.#index = new HashIndex(capacity);
    this.#firstWaiter = new Int32Array(capacity).fill(-1);
    this.#lastWaiter = new Int32Array(capacity).fill(-1);
    this.#waiters = new SlotTable(capacity, "last-freed");
    this.#requesters = new Array(capacity).fill(undefined);
    this.#tokens = new Float64Array(capacity);
    this.#nextWaiter = new Int32Array(capacity).fill(-1);
  }

  resolve(query: Uint8Array, requester: Requester, token: Token): void {
    const end = questionEnd(query);
    if (!isCanonical(query, query.length, end)) return this.#inner.resolve(query, requester, token);
    const hash = this.#writeKey(query, end);
    const recent = this.#recent.find(hash, this.#key, KEY_START, query.length);
    // Looked at here, as few are wanted again. One that no client can be given is asked for once more.
    if (recent && !isMalformed(recent.response)) {
      return requester.respond(token, recent.response, recent.from?.recent);
    }
    const failure = this.#failures.isEmpty
      ? undefined
      : this.#failures.find(hash, this.#key, query.length);
    if (failure) {
      this.counters.failedAgain++;
      return requester.fail(token, failure, failure.from);
    }
    const waiter = this.#waiters.acquire();
    if (waiter < 0) return requester.fail(token, OVERLOAD);
    this.#requesters[waiter] = requester;
    this.#tokens[waiter] = token;
    let question = this.#find(hash, query.length);
    const isNew = question < 0;
    // There are as many questions as waiters, so a free waiter means a free question.
    if (isNew) question = this.#add(hash, query.length);
    else this.counters.joined++;
    this.#append(waiter, question);
    if (isNew) this.#inner.resolve(query, this, question as Token);
  }

  respond(token: Token, response: Uint8Array, from?: Origin): void {
    if (mayBeFailure(response)) this.#rememberFailed(token, response, from);
    else if (!this.#failures.isEmpty) this.#forgetFailure(token);
    if (response.length >= MIN_LARGE_LENGTH) this.#remember(token, response, from);
    let way = from;
    for (let waiter = this.#take(token); waiter >= 0;) {
      const next = this.#nextWaiter[waiter];
      this.#release(waiter).respond(this.#tokens[waiter] as Token, response, way);
      way = from?.joined;
      waiter = next;
    }
  }

  fail(token: Token, failure: Failure, from?: Origin): void {
    if (failure.remember !== "never") this.#rememberFailure(token, failure, from);
    let way = from;
    for (let waiter = this.#take(token); waiter >= 0;) {
      const next = this.#nextWaiter[waiter];
      this.#release(waiter).fail(this.#tokens[waiter] as Token, failure, way);
      way = from?.joined;
      waiter = next;
    }
  }

  /** Writes the query with its name in lower case; returns the hash of what identifies it. */
  #writeKey(query: Uint8Array, end: number): number {
    const key = this.#key;
    for (let at = 0; at < query.length; at++) key[at] = query[at];
    for (let at = HEADER_LENGTH; at < end - 4; at++) key[at] = lowerCase(key[at]);
    return hashOctets(key, KEY_START, query.length);
  }

  /** A truncated client comes back over TCP at once. */
  #remember(question: number, response: Uint8Array, from: Origin | undefined): void {
    const key = this.#keys.view(question);
    this.#recent.add(this.#index.hash(question), key, KEY_START, response, from);
  }

  #rememberFailed(question: number, response: Uint8Array, from: Origin | undefined): void {
    const failure = failureOf(response);
    this.#failures.onAlive();
    if (failure) this.#rememberFailure(question, failure, from);
  }

  #rememberFailure(question: number, failure: Failure, from: Origin | undefined): void {
    const key = this.#keys.view(question);
    const again = fromCache(failure, from?.remembered);
    this.#failures.add(this.#index.hash(question), key, key.length, again);
  }

  #forgetFailure(question: number): void {
    const length = this.#keys.length(question);
    this.#failures.onAnswer(this.#index.hash(question), this.#keys.octets(question), length);
  }

  #find(hash: number, length: number): number {
    let question = this.#index.first(hash);
    while (question >= 0 && !this.#keys.equals(question, this.#key, length, KEY_START)) {
      question = this.#index.next(question);
    }
    return question;
  }

  #add(hash: number, length: number): number {
    const question = this.#questions.acquire();
    this.#keys.keep(question, this.#key, length);
    this.#index.add(question, hash);
    this.#lastWaiter[question] = -1;
    return question;
  }

  /** Adds a waiter behind those that a question has. */
  #append(waiter: number, question: number): void {
    const last = this.#lastWaiter[question];
    if (last < 0) this.#firstWaiter[question] = waiter;
    else this.#nextWaiter[last] = waiter;
    this.#nextWaiter[waiter] = -1;
    this.#lastWaiter[question] = waiter;
  }

  /** Takes the question out of the table; returns its first waiter, who is now owed the outcome. */
  #take(question: number): number {
    this.#index.remove(question);
    this.#questions.release(question);
    return this.#firstWaiter[question];
  }

  #release(waiter: number): Requester {
    const requester = this.#requesters[waiter] as Requester;
    this.#requesters[waiter] = undefined;
    this.#waiters.release(waiter);
    return requester;
  }
}
