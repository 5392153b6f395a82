/**
 * The queries that a pool of upstreams owes an outcome. Several upstreams may have the same query, and one
 * may answer when it has long been answered by another: each entry has a ticket of its own, which is never
 * used again, and an outcome with another ticket is late.
 *
 *     entry:  copy of the query, requester, token, added (time), members asked, members that owe an outcome,
 *             the best that was heard so far: a failure, or a copy of a response held back
 */

import { OctetSlots } from "../../base/octet_slots.ts";
import { SlotList } from "../../base/slot_list.ts";
import { SlotTable } from "../../base/slot_table.ts";
import { MAX_QUERY_LENGTH } from "../../dns/query.ts";
import type { Failure } from "../failure.ts";
import type { Origin } from "../origin.ts";
import { Worth } from "./worth.ts";
import type { Requester, Token } from "../resolver.ts";

export class PoolEntries {
  readonly #slots: SlotTable;
  readonly #queries: OctetSlots;
  readonly #requesters: (Requester | undefined)[];
  readonly #tokens: Float64Array;
  readonly #tickets: Float64Array;
  readonly #capacity: number;
  #uses = 0;
  /** When the entry was added, in milliseconds of the clock. */
  readonly added: Float64Array;
  /** Members that were asked, and those of them that owe an outcome: a bit for each. */
  readonly asked: Int32Array;
  readonly owing: Int32Array;
  /** Those whose connection brought something else than an answer. */
  readonly doubted: Int32Array;
  /** What a member said that could not answer. */
  readonly failures: (Failure | undefined)[];
  /** Where the best that was heard came from. */
  readonly origins: (Origin | undefined)[];
  readonly #worth: Uint8Array;
  readonly #held: (Uint8Array | undefined)[];
  readonly #heldSince: Float64Array;
  /** How many entries hold a response back. */
  holding = 0;
  /** All entries, oldest first. */
  readonly byAge: SlotList;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#slots = new SlotTable(capacity, "last-freed");
    this.#queries = new OctetSlots(capacity, MAX_QUERY_LENGTH);
    this.#requesters = new Array(capacity).fill(undefined);
    this.#tokens = new Float64Array(capacity);
    this.#tickets = new Float64Array(capacity);
    this.added = new Float64Array(capacity);
    this.asked = new Int32Array(capacity);
    this.owing = new Int32Array(capacity);
    this.doubted = new Int32Array(capacity);
    this.failures = new Array(capacity).fill(undefined);
    this.origins = new Array(capacity).fill(undefined);
    this.#worth = new Uint8Array(capacity);
    this.#held = new Array(capacity).fill(undefined);
    this.#heldSince = new Float64Array(capacity);
    this.byAge = new SlotList(capacity);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** A new entry with a copy of `query`, or -1 if the table is full. */
  add(query: Uint8Array, requester: Requester, token: Token, now: number): number {
    const slot = this.#slots.acquire();
    if (slot < 0) return -1;
    this.#queries.keep(slot, query, query.length);
    this.#requesters[slot] = requester;
    this.#tokens[slot] = token;
    this.#tickets[slot] = ++this.#uses * this.#capacity + slot;
    this.added[slot] = now;
    this.asked[slot] =
      this.owing[slot] =
      this.doubted[slot] =
      this.#worth[slot] =
        0;
    this.byAge.append(slot);
    return slot;
  }

  /** What a member is given as its token. */
  ticket(slot: number): Token {
    return this.#tickets[slot] as Token;
  }

  /** The entry of a ticket, or -1 if it has had its outcome. */
  find(ticket: Token): number {
    const slot = ticket % this.#capacity;
    return this.#slots.has(slot) && this.#tickets[slot] === ticket ? slot : -1;
  }

  /** A member works again: it may be asked once more for all that it has failed. */
  forgive(bit: number): void {
    for (let slot = this.byAge.first; slot >= 0; slot = this.byAge.after(slot)) {
      if ((this.owing[slot] & bit) === 0) this.asked[slot] &= ~bit;
    }
  }

  /** Notes why a member has no answer. What a server said is worth more than that one could not be reached. */
  noteFailure(slot: number, failure: Failure, from: Origin | undefined): void {
    const worth = failure.remember === "longer" ? Worth.FAILED : Worth.NONE;
    if (worth < this.#worth[slot] || (worth !== Worth.NONE && worth === this.#worth[slot])) return;
    this.#drop(slot);
    this.#worth[slot] = worth;
    this.failures[slot] = failure;
    this.origins[slot] = from;
  }

  /** Holds back a copy of a response, unless a better one is held. */
  hold(
    slot: number,
    response: Uint8Array,
    worth: number,
    from: Origin | undefined,
    now: number,
  ): void {
    if (worth <= this.#worth[slot]) return;
    if (this.#held[slot] === undefined) {
      this.holding++;
      this.#heldSince[slot] = now;
    }
    this.#worth[slot] = worth;
    this.#held[slot] = response.slice();
    this.origins[slot] = from;
  }

  /** The response held back. */
  held(slot: number): Uint8Array | undefined {
    return this.#held[slot];
  }

  /** Since when a response is held back, in milliseconds of the clock; Infinity if none is. */
  heldSince(slot: number): number {
    return this.#held[slot] === undefined ? Infinity : this.#heldSince[slot];
  }

  query(slot: number): Uint8Array {
    return this.#queries.view(slot);
  }

  token(slot: number): Token {
    return this.#tokens[slot] as Token;
  }

  /** Takes an entry out; the caller owes its requester the outcome. */
  take(slot: number): Requester {
    const requester = this.#requesters[slot] as Requester;
    this.#requesters[slot] = undefined;
    this.failures[slot] = this.origins[slot] = undefined;
    this.#drop(slot);
    this.byAge.remove(slot);
    this.#slots.release(slot);
    return requester;
  }

  #drop(slot: number): void {
    if (this.#held[slot] !== undefined) this.holding--;
    this.#held[slot] = undefined;
  }
}
