/**
 * The connections to an upstream. Mostly there is one, the current one, on which queries go. One that has
 * fallen silent is kept beside it, as the earlier one, until it is known which of them answers.
 *
 * Invariant: without a current connection there is no earlier one either.
 */

import type { Connection } from "./connection.ts";

export class Connections {
  #current: Connection | undefined;
  #earlier: Connection | undefined;

  /** The one on which queries go, if there is one. */
  get current(): Connection | undefined {
    return this.#current;
  }

  /** The silent one that is being replaced, if there is one. */
  get earlier(): Connection | undefined {
    return this.#earlier;
  }

  /** A connection is open: it becomes the current one, and what was that the earlier one. */
  add(connection: Connection): void {
    this.#earlier = this.#current;
    this.#current = connection;
  }

  /** A connection has ended: where it was the current one, the earlier one is that again. */
  remove(connection: Connection): void {
    if (connection === this.#current) this.#current = this.#earlier;
    this.#earlier = undefined;
  }

  /**
   * A response has come: of two connections the one that answers first is kept. Says whether that has just
   * been decided for the new one.
   */
  onAnswer(connection: Connection): boolean {
    const latest = this.#current;
    if (!this.#earlier || !latest) return false;
    if (connection === latest) return latest.answered === 1;
    if (latest.answered === 0) {
      this.#current = this.#earlier;
      this.#earlier = latest;
    }
    return false;
  }

  /** Closes what takes no more queries, once nothing is in flight on it. */
  closeDrained(): void {
    if (this.#earlier?.inFlight === 0) this.#earlier.close("replaced", "ours");
  }

  closeAll(reason: string): void {
    this.#earlier?.close(reason, "ours");
    this.#current?.close(reason, "ours");
  }
}
