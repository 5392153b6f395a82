/**
 * What failed a moment ago fails again without being asked (RFC 9520, 3.2): libraries that hear SERVFAIL
 * ask once more at once, some of them twice.
 *
 * A question that the upstream answered with SERVFAIL or REFUSED, or left without a response while it
 * answered others, is remembered for 1 s, and for 5, 10 and 30 s if it goes on failing. One that was lost
 * with its connection is remembered for 1 s, and only until the upstream answers anything at all.
 *
 *     entry:  copy of the key, failure to tell, until when, how often in a row, whether briefly
 */

import type { Clock } from "../base/clock.ts";
import { HashIndex } from "../base/hash_index.ts";
import { OctetSlots } from "../base/octet_slots.ts";
import { SlotList } from "../base/slot_list.ts";
import { SlotTable } from "../base/slot_table.ts";
import { MAX_QUERY_LENGTH } from "../dns/query.ts";
import type { Failure } from "./failure.ts";

/** Milliseconds that the first, second and later failures in a row are remembered. */
const LIFETIMES = [1000, 5000, 10_000, 30_000];
/** Milliseconds after which a failure that has ended is no longer counted as one in a row. */
const ROW = 30_000;

export class FailureCache {
  readonly #clock: Clock;
  readonly #keyStart: number;
  readonly #slots: SlotTable;
  readonly #keys: OctetSlots;
  readonly #index: HashIndex;
  readonly #failures: (Failure | undefined)[];
  readonly #until: Float64Array;
  readonly #inRow: Uint8Array;
  readonly #isBrief: Uint8Array;
  readonly #byAge: SlotList;
  #brief = 0;

  /** Keys are compared from `keyStart` on. What failed longest ago gives way when `capacity` is reached. */
  constructor(capacity: number, keyStart: number, clock: Clock) {
    this.#clock = clock;
    this.#keyStart = keyStart;
    this.#slots = new SlotTable(capacity, "last-freed");
    this.#keys = new OctetSlots(capacity, MAX_QUERY_LENGTH);
    this.#index = new HashIndex(capacity);
    this.#failures = new Array(capacity).fill(undefined);
    this.#until = new Float64Array(capacity);
    this.#inRow = new Uint8Array(capacity);
    this.#isBrief = new Uint8Array(capacity);
    this.#byAge = new SlotList(capacity);
  }

  /** Whether there is nothing to be found. */
  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }

  /** The failure remembered for a key of `length` octets, if it still holds. */
  find(hash: number, key: Uint8Array, length: number): Failure | undefined {
    const slot = this.#slot(hash, key, length);
    if (slot < 0 || this.#clock.now() >= this.#until[slot]) return undefined;
    return this.#failures[slot];
  }

  /** Remembers `failure` for a copy of the key. */
  add(hash: number, key: Uint8Array, length: number, failure: Failure): void {
    const now = this.#clock.now();
    const known = this.#slot(hash, key, length);
    const isInRow = known >= 0 && now - this.#until[known] < ROW;
    const inRow = isInRow ? Math.min(this.#inRow[known] + 1, LIFETIMES.length - 1) : 0;
    if (known >= 0) this.#remove(known);
    else if (this.#slots.size === this.#slots.capacity) this.#remove(this.#byAge.first);
    const slot = this.#slots.acquire();
    const isBrief = failure.remember === "briefly";
    this.#keys.keep(slot, key, length);
    this.#index.add(slot, hash);
    this.#byAge.append(slot);
    this.#failures[slot] = failure;
    this.#inRow[slot] = inRow;
    this.#until[slot] = now + LIFETIMES[isBrief ? 0 : inRow];
    this.#isBrief[slot] = isBrief ? 1 : 0;
    if (isBrief) this.#brief++;
  }

  /** The upstream has answered the key: it fails no longer, and what was lost with a connection may work. */
  onAnswer(hash: number, key: Uint8Array, length: number): void {
    const slot = this.#slot(hash, key, length);
    if (slot >= 0) this.#remove(slot);
    this.onAlive();
  }

  /** The upstream has answered something. */
  onAlive(): void {
    if (this.#brief === 0) return;
    for (let slot = this.#byAge.first; slot >= 0;) {
      const next = this.#byAge.after(slot);
      if (this.#isBrief[slot] === 1) this.#remove(slot);
      slot = next;
    }
  }

  #slot(hash: number, key: Uint8Array, length: number): number {
    let slot = this.#index.first(hash);
    while (slot >= 0 && !this.#keys.equals(slot, key, length, this.#keyStart)) {
      slot = this.#index.next(slot);
    }
    return slot;
  }

  #remove(slot: number): void {
    if (this.#isBrief[slot] === 1) this.#brief--;
    this.#failures[slot] = undefined;
    this.#index.remove(slot);
    this.#byAge.remove(slot);
    this.#slots.release(slot);
  }
}
