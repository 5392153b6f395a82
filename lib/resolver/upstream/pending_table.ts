/**
 * The queries that an upstream owes an outcome, whether they wait or are in flight. An entry outlives
 * the connection it was sent on: it keeps its query, so it can be sent again on the next one.
 *
 *     entry:  query, requester, token, added (time), sends, marks
 *             waiting: in the list `waiting`, oldest first    in flight: has a message ID and connection,
 *             and where that connection fell silent, a copy with another ID on a second one
 *
 * Message IDs come from one ring for all connections of the upstream: unpredictable, and reused as late
 * as possible (RFC 5452, 9.2; RFC 7766, 6.2.1). An ID that was never answered stays out of use until
 * its connection is gone, so that a late response cannot meet another query.
 */

import { OctetSlots } from "../../base/octet_slots.ts";
import { SlotList } from "../../base/slot_list.ts";
import { shuffledNumbers, SlotTable } from "../../base/slot_table.ts";
import { MAX_QUERY_LENGTH } from "../../dns/query.ts";
import { questionEnd } from "../../dns/question.ts";
import type { Requester, Token } from "../resolver.ts";

/** What is different from the usual when an entry is sent; `FELL_BACK`: as its usual form was refused. */
export const Mark = { WITHOUT_EDNS: 1, LARGE: 2, WITHOUT_OPTIONS: 4, FELL_BACK: 8 } as const;

const ID_COUNT = 65_536;

/** What an entry in flight has on a connection. */
export interface Copy<Connection> {
  readonly id: number;
  readonly connection: Connection;
  /** When it was sent, in milliseconds of the clock. */
  readonly sent: number;
}

export class PendingTable<Connection> {
  readonly #slots: SlotTable;
  readonly #queries: OctetSlots;
  readonly #questionEnds: Uint16Array;
  readonly #requesters: (Requester | undefined)[];
  readonly #tokens: Float64Array;
  readonly #connections: (Connection | undefined)[];
  readonly #ids: SlotTable;
  readonly #slotOfId: Int32Array;
  readonly #idOfSlot: Int32Array;
  /** The number of each entry in the order of coming: several come within a tick of the clock. */
  readonly #numbers: Float64Array;
  #lastNumber = 0;
  /** The earlier copies of entries in flight on two connections. */
  readonly #copies = new Map<number, Copy<Connection>>();
  /** When the entry was added and last sent, in milliseconds of the clock. */
  readonly added: Float64Array;
  readonly sent: Float64Array;
  readonly sends: Uint8Array;
  /** How many connections failed while the entry was in flight on them. */
  readonly failures: Uint8Array;
  readonly marks: Uint8Array;
  /** All entries, oldest first; and those that are not in flight. */
  readonly byAge: SlotList;
  readonly waiting: SlotList;

  /**
   * `ids`: how many message IDs to use, from 0 on. All there are make forged answers least likely, which
   * streams keep out anyway; a table that is to be small has fewer.
   */
  constructor(capacity: number, ids = ID_COUNT) {
    this.#ids = new SlotTable(ids, "longest-free", shuffledNumbers(ids));
    this.#slotOfId = new Int32Array(ids).fill(-1);
    this.#slots = new SlotTable(capacity, "last-freed");
    this.#queries = new OctetSlots(capacity, MAX_QUERY_LENGTH);
    this.#questionEnds = new Uint16Array(capacity);
    this.#requesters = new Array(capacity).fill(undefined);
    this.#tokens = new Float64Array(capacity);
    this.#connections = new Array(capacity).fill(undefined);
    this.#idOfSlot = new Int32Array(capacity).fill(-1);
    this.#numbers = new Float64Array(capacity);
    this.added = new Float64Array(capacity);
    this.sent = new Float64Array(capacity);
    this.sends = new Uint8Array(capacity);
    this.failures = new Uint8Array(capacity);
    this.marks = new Uint8Array(capacity);
    this.byAge = new SlotList(capacity);
    this.waiting = new SlotList(capacity);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** A new waiting entry with a copy of `query`, or -1 if the table is full. */
  add(query: Uint8Array, requester: Requester, token: Token, now: number): number {
    const slot = this.#slots.acquire();
    if (slot < 0) return -1;
    this.#queries.keep(slot, query, query.length);
    this.#questionEnds[slot] = questionEnd(query);
    this.#requesters[slot] = requester;
    this.#tokens[slot] = token;
    this.#idOfSlot[slot] = -1;
    this.#numbers[slot] = ++this.#lastNumber;
    this.added[slot] = now;
    this.sends[slot] = 0;
    this.failures[slot] = 0;
    this.marks[slot] = 0;
    this.byAge.append(slot);
    this.waiting.append(slot);
    return slot;
  }

  /** The query in the first `length()` octets; what follows is of no meaning. */
  query(slot: number): Uint8Array {
    return this.#queries.octets(slot);
  }

  length(slot: number): number {
    return this.#queries.length(slot);
  }

  questionEnd(slot: number): number {
    return this.#questionEnds[slot];
  }

  token(slot: number): Token {
    return this.#tokens[slot] as Token;
  }

  requester(slot: number): Requester {
    return this.#requesters[slot] as Requester;
  }

  /** The connection that the entry is in flight on, if it is. */
  connection(slot: number): Connection | undefined {
    return this.#connections[slot];
  }

  /** Turns a waiting entry into one in flight; returns its message ID, or -1 if none is left. */
  launch(slot: number, connection: Connection, now: number): number {
    const id = this.#ids.acquire();
    if (id < 0) return -1;
    this.#slotOfId[id] = slot;
    this.#idOfSlot[slot] = id;
    this.#connections[slot] = connection;
    this.sent[slot] = now;
    this.sends[slot]++;
    this.waiting.remove(slot);
    return id;
  }

  /** Puts an entry in flight on a second connection as well; returns its ID there, or -1 if none is left. */
  relaunch(slot: number, connection: Connection, now: number): number {
    const earlier = this.#copyOf(slot);
    if (!earlier || this.#copies.has(slot)) return -1;
    const id = this.#ids.acquire();
    if (id < 0) return -1;
    this.#copies.set(slot, earlier);
    this.#slotOfId[id] = slot;
    this.#idOfSlot[slot] = id;
    this.#connections[slot] = connection;
    this.sent[slot] = now;
    this.sends[slot]++;
    return id;
  }

  /** The earlier copy of an entry that is in flight on two connections. */
  earlier(slot: number): Copy<Connection> | undefined {
    return this.#copies.size === 0 ? undefined : this.#copies.get(slot);
  }

  /**
   * Lets an entry be in flight on `connection` alone. Returns the other copy, if there is one, whose ID is
   * still out of use.
   */
  settle(slot: number, connection: Connection): Copy<Connection> | undefined {
    const earlier = this.earlier(slot);
    if (!earlier) return undefined;
    this.#copies.delete(slot);
    const later = this.#copyOf(slot) as Copy<Connection>;
    const other = earlier.connection === connection ? later : earlier;
    this.#slotOfId[other.id] = -1;
    if (other === earlier) return other;
    this.#idOfSlot[slot] = earlier.id;
    this.#connections[slot] = earlier.connection;
    this.sent[slot] = earlier.sent;
    return other;
  }

  /** The entry in flight with a message ID on a connection, or -1. */
  inFlight(id: number, connection: Connection): number {
    const slot = this.#slotOfId[id];
    // Not below 0, but undefined, for an ID that is not used here.
    if (!(slot >= 0)) return -1;
    if (this.#idOfSlot[slot] === id) return this.#connections[slot] === connection ? slot : -1;
    return this.earlier(slot)?.connection === connection ? slot : -1;
  }

  /** Turns an entry in flight into a waiting one, which is sent before all that came after it. */
  recall(slot: number): void {
    this.releaseId(this.#unlink(slot));
    let next = this.waiting.first;
    while (next >= 0 && this.#numbers[next] < this.#numbers[slot]) next = this.waiting.after(next);
    this.waiting.insertBefore(next, slot);
  }

  /** Takes an entry out; the caller owes its requester the outcome. Its ID, if any, is free again. */
  take(slot: number): Requester {
    const id = this.#remove(slot);
    if (id >= 0) this.releaseId(id);
    return this.#release(slot);
  }

  /** Like `take()`, but the ID stays out of use. */
  abandon(slot: number): Requester {
    this.#remove(slot);
    return this.#release(slot);
  }

  /** The message ID of an entry in flight, else -1. */
  id(slot: number): number {
    return this.#idOfSlot[slot];
  }

  releaseId(id: number): void {
    this.#slotOfId[id] = -1;
    this.#ids.release(id);
  }

  #copyOf(slot: number): Copy<Connection> | undefined {
    const connection = this.#connections[slot];
    if (connection === undefined) return undefined;
    return { id: this.#idOfSlot[slot], connection, sent: this.sent[slot] };
  }

  #remove(slot: number): number {
    const id = this.#idOfSlot[slot];
    if (id < 0) this.waiting.remove(slot);
    else this.#unlink(slot);
    this.byAge.remove(slot);
    return id;
  }

  #unlink(slot: number): number {
    const id = this.#idOfSlot[slot];
    this.#slotOfId[id] = -1;
    this.#idOfSlot[slot] = -1;
    this.#connections[slot] = undefined;
    return id;
  }

  #release(slot: number): Requester {
    const requester = this.#requesters[slot] as Requester;
    this.#requesters[slot] = undefined;
    this.#slots.release(slot);
    return requester;
  }
}
