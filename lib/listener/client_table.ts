/**
 * The clients that wait for a reply: what the reply depends on besides the response. A slot is the token
 * under which the resolver is asked.
 */

import { OctetSlots } from "../base/octet_slots.ts";
import { SlotTable } from "../base/slot_table.ts";
import { flags, HEADER_LENGTH, messageId } from "../dns/header.ts";
import { MAX_NAME_LENGTH } from "../dns/name.ts";
import type { ReplyTo } from "../dns/reply.ts";
import type { Admission } from "./admission.ts";

const Trait = { OPT: 1, DNSSEC_OK: 2, OPAQUE: 4, KEEPALIVE: 8, NSID: 16 } as const;

export class ClientTable {
  readonly #slots: SlotTable;
  readonly #questions: OctetSlots;
  readonly #questionEnds: Uint16Array;
  readonly #ids: Uint16Array;
  readonly #flags: Uint16Array;
  readonly #limits: Uint16Array;
  readonly #traits: Uint8Array;
  /** When the query came, in milliseconds of the clock. */
  readonly added: Float64Array;

  constructor(capacity: number) {
    this.#slots = new SlotTable(capacity, "last-freed");
    this.#questions = new OctetSlots(capacity, HEADER_LENGTH + MAX_NAME_LENGTH + 4);
    this.#questionEnds = new Uint16Array(capacity);
    this.#ids = new Uint16Array(capacity);
    this.#flags = new Uint16Array(capacity);
    this.#limits = new Uint16Array(capacity);
    this.#traits = new Uint8Array(capacity);
    this.added = new Float64Array(capacity);
  }

  get size(): number {
    return this.#slots.size;
  }

  /**
   * Keeps what a reply of at most `limit` octets to `query` needs, which came at `now`; the slot, or -1 if all
   * are taken.
   */
  add(query: Uint8Array, admission: Admission, limit: number, now: number): number {
    const slot = this.#slots.acquire();
    if (slot < 0) return -1;
    this.#questions.keep(slot, query, admission.questionEnd);
    this.#questionEnds[slot] = admission.questionEnd;
    this.#ids[slot] = messageId(query);
    this.#flags[slot] = flags(query);
    this.#limits[slot] = limit;
    this.added[slot] = now;
    this.#traits[slot] = (admission.hasOpt ? Trait.OPT : 0) |
      (admission.isDnssecOk ? Trait.DNSSEC_OK : 0) | (admission.isOpaque ? Trait.OPAQUE : 0) |
      (admission.asksKeepalive ? Trait.KEEPALIVE : 0) | (admission.asksNsid ? Trait.NSID : 0);
    return slot;
  }

  /** Whether the client at `slot` sent this very query: same ID, flags and question. */
  isSame(slot: number, query: Uint8Array, questionEnd: number): boolean {
    return this.#ids[slot] === messageId(query) &&
      this.#questions.equals(slot, query, questionEnd, 0);
  }

  /** Fills `to` with what is kept; `to.query` is valid until the slot is taken again. */
  fill(slot: number, to: ReplyTo): void {
    const traits = this.#traits[slot];
    to.id = this.#ids[slot];
    to.flags = this.#flags[slot];
    to.query = this.#questions.octets(slot);
    to.questionEnd = this.#questionEnds[slot];
    to.hasOpt = (traits & Trait.OPT) !== 0;
    to.isDnssecOk = (traits & Trait.DNSSEC_OK) !== 0;
    to.isOpaque = (traits & Trait.OPAQUE) !== 0;
    to.limit = this.#limits[slot];
    to.keepalive = (traits & Trait.KEEPALIVE) !== 0 ? 0 : -1;
    to.asksNsid = (traits & Trait.NSID) !== 0;
  }

  release(slot: number): void {
    this.#slots.release(slot);
  }
}

/** Fills `to` for a query that is answered without being kept. */
export function fillReplyTo(
  to: ReplyTo,
  query: Uint8Array,
  admission: Admission,
  limit: number,
): void {
  to.id = messageId(query);
  to.flags = flags(query);
  to.query = query;
  to.questionEnd = admission.questionEnd;
  to.hasOpt = admission.hasOpt;
  to.isDnssecOk = admission.isDnssecOk;
  to.isOpaque = false;
  to.limit = limit;
  to.keepalive = -1;
  to.asksNsid = admission.asksNsid;
}
