/**
 * What clients over TCP have been answered and have not read yet: bounded for each connection, and for all of
 * them together. A reply for which there is no room waits as a question (`deferred_queries.ts`), so that a client
 * that reads loses none; one that does not read is given up once others need the room, or after a while.
 */

import type { Clock } from "../base/clock.ts";

/** Octets of one connection: eight of the longest messages. */
export const MAX_UNSENT = 512 * 1024;
/** Octets of all connections; the last of them are for connections with few. */
const MAX_UNSENT_IN_ALL = 16 * 1024 * 1024;
const RESERVE = 4 * 1024 * 1024;
const FEW = 16 * 1024;
/** Milliseconds in which nothing was taken until the connection may be given up for others. */
export const PATIENCE = 2000;

/** A connection that is owed replies. */
export interface Debtor {
  /** Octets that have not left, and those of responses that are asked for again. */
  readonly owed: number;
  /** Milliseconds for which its client has taken none of what there is for it. */
  stall(now: number): number;
  /** Ends it, and lets go of all that it has here. */
  giveUp(): void;
}

export class Unsent {
  readonly #debtors = new Set<Debtor>();
  #total = 0;
  /** When nothing was found that could be given up. */
  #vainSearch = -Infinity;

  /** What all connections are owed, in octets. */
  get total(): number {
    return this.#total;
  }

  /** Whether `debtor` may have another `length` octets: for them, others may be given up that do not read. */
  admits(debtor: Debtor, length: number, clock: Pick<Clock, "now">): boolean {
    const owed = debtor.owed + length;
    if (owed > MAX_UNSENT) return false;
    const isSmall = owed <= FEW;
    const limit = isSmall ? MAX_UNSENT_IN_ALL : MAX_UNSENT_IN_ALL - RESERVE;
    while (this.#total + length > limit) {
      const other = this.#worst(clock.now(), isSmall ? 0 : PATIENCE);
      if (other === undefined || other === debtor) return false;
      other.giveUp();
    }
    return true;
  }

  /** `debtor` is owed `length` octets more. */
  add(debtor: Debtor, length: number): void {
    this.#debtors.add(debtor);
    this.#total += length;
  }

  /** `length` octets have left, or never will; to be called once `debtor` counts them no more. */
  remove(debtor: Debtor, length: number): void {
    this.#total -= length;
    if (debtor.owed === 0) this.#debtors.delete(debtor);
  }

  /** The one that holds most for longest, of those that took nothing for `patience` milliseconds. */
  #worst(now: number, patience: number): Debtor | undefined {
    if (patience > 0 && now === this.#vainSearch) return undefined;
    let worst: Debtor | undefined;
    let most = -1;
    for (const debtor of this.#debtors) {
      const stall = debtor.stall(now);
      const weight = debtor.owed * (stall + 1);
      if (stall < patience || weight <= most) continue;
      most = weight;
      worst = debtor;
    }
    if (worst === undefined) this.#vainSearch = now;
    return worst;
  }
}
