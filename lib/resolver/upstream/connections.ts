/**
 * The connections to an upstream. Mostly there is one, the current one, on which queries go. One that has
 * fallen silent is kept beside it, as the earlier one, until it is known which of them answers. Those on
 * which the upstream wants no more queries (RFC 7828, 3.2.2) are retired: they only bring what is
 * outstanding, for as long as queries wait for that. Extra ones share the queries with the current one,
 * where a server works on only a few per connection.
 *
 * Invariant: without a current connection there is no earlier and no extra one either.
 */

import type { Connection } from "./connection.ts";

/** So many are retired at a time: an upstream that wants ever new ones must answer on the old ones first. */
const MAX_RETIRED = 8;

export class Connections {
  #current: Connection | undefined;
  #earlier: Connection | undefined;
  readonly #extra: Connection[] = [];
  readonly #retired = new Set<Connection>();

  /** The one on which queries go, if there is one. */
  get current(): Connection | undefined {
    return this.#current;
  }

  /** The silent one that is being replaced, if there is one. */
  get earlier(): Connection | undefined {
    return this.#earlier;
  }

  /** Those that share the queries with the current one. */
  get extra(): readonly Connection[] {
    return this.#extra;
  }

  /** Those that take no more queries and still owe responses. */
  get retired(): ReadonlySet<Connection> {
    return this.#retired;
  }

  /** All that are open. */
  get all(): readonly Connection[] {
    const { current, earlier } = this;
    const main = [current, earlier].filter((each) => each !== undefined);
    return [...main, ...this.#extra, ...this.#retired];
  }

  /** The one on which the next query goes: that on which the server has least to do. */
  get lightest(): Connection | undefined {
    let lightest = this.#current;
    for (const connection of this.#extra) {
      if (lightest && load(connection) < load(lightest)) lightest = connection;
    }
    return lightest;
  }

  /** A connection is open: it becomes the current one, and what was that the earlier one. */
  add(connection: Connection): void {
    this.#earlier = this.#current;
    this.#current = connection;
  }

  /** A connection is open beside the current one, which it becomes if there is none any more. */
  addExtra(connection: Connection): void {
    if (this.#current) this.#extra.push(connection);
    else this.#current = connection;
  }

  /** A connection has ended: where it was the current one, the earlier or an extra one is that from now on. */
  remove(connection: Connection): void {
    if (this.#retired.delete(connection)) return;
    const at = this.#extra.indexOf(connection);
    if (at >= 0) return void this.#extra.splice(at, 1);
    if (connection === this.#current) this.#current = this.#earlier ?? this.#extra.shift();
    this.#earlier = undefined;
  }

  /** Lets a connection take no more queries; false if too many are retired already. */
  retire(connection: Connection): boolean {
    if (this.#retired.size >= MAX_RETIRED) return false;
    this.remove(connection);
    this.#retired.add(connection);
    return true;
  }

  /**
   * A response has come: of two connections the one that answers first is kept. Says whether that has just
   * been decided for the new one.
   */
  onAnswer(connection: Connection): boolean {
    const latest = this.#current;
    if (!this.#earlier || !latest) return false;
    if (connection === latest) return latest.answered === 1;
    if (connection === this.#earlier && latest.answered === 0) {
      this.#current = this.#earlier;
      this.#earlier = latest;
    }
    return false;
  }

  /** Closes what takes no more queries, once nothing is in flight on it. */
  closeDrained(): void {
    const earlier = this.#earlier;
    // What still arrives was asked for, and shows that it works after all.
    if (earlier?.inFlight === 0 && !earlier.isArriving) earlier.close("replaced", "ours");
    if (this.#retired.size === 0) return;
    for (const connection of this.#retired) {
      if (connection.inFlight === 0) connection.close("no more queries wanted", "ours");
    }
  }

  /** Gives the extra connections up: at once where nothing is in flight, the others once that is so. */
  shrink(): void {
    for (const connection of Array.from(this.#extra)) {
      if (connection.inFlight === 0) connection.close("no longer needed", "ours");
      else this.retire(connection);
    }
  }

  closeExtra(reason: string): void {
    for (const connection of Array.from(this.#extra)) connection.close(reason, "ours");
  }

  closeAll(reason: string): void {
    this.closeExtra(reason);
    for (const connection of this.#retired) connection.close(reason, "ours");
    this.#earlier?.close(reason, "ours");
    this.#current?.close(reason, "ours");
  }
}

/** Queries that were answered elsewhere or given up keep the server busy all the same. */
function load(connection: Connection): number {
  return connection.inFlight + connection.quarantined.length;
}
