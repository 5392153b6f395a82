/**
 * What clients over TCP have been answered and have not read yet: bounded for each connection, and for all of
 * them together. Where it grows beyond the total, the connection with the most of it is given up.
 */

/** Octets for one connection. A client that pipelines is read ahead of only as far as its answers fit in. */
export const MAX_UNSENT = 512 * 1024;
/** Octets for all connections of all listeners. */
const MAX_TOTAL = 16 * 1024 * 1024;

/** A connection that has unsent octets. */
export interface Debtor {
  readonly unsent: number;
  /** Closes it so that nothing of it is left; `unsent` is 0 then. */
  giveUp(): void;
}

export class Unsent {
  readonly #max: number;
  readonly #debtors = new Set<Debtor>();
  /** At least what is unsent: exact after `#count()`, and more than that while octets leave. */
  #total = 0;

  constructor(max = MAX_TOTAL) {
    this.#max = max;
  }

  /** Counts octets queued for `debtor`, who has them in `unsent` already. */
  add(debtor: Debtor, octets: number): void {
    this.#debtors.add(debtor);
    this.#total += octets;
    if (this.#total > this.#max) this.#shrink();
  }

  /** All that `debtor` had has left, or it is closed. */
  remove(debtor: Debtor): void {
    this.#debtors.delete(debtor);
    if (this.#debtors.size === 0) this.#total = 0;
  }

  #shrink(): void {
    this.#total = this.#count();
    while (this.#total > this.#max) {
      const [first, ...others] = this.#debtors;
      others.reduce((most, each) => each.unsent > most.unsent ? each : most, first).giveUp();
      this.#total = this.#count();
    }
  }

  #count(): number {
    let total = 0;
    for (const { unsent } of this.#debtors) total += unsent;
    return total;
  }
}
