/**
 * Whether a server works on only a few queries per connection at a time (BIND on 23, the PowerDNS recursor
 * on 10) and lets the others wait, so that a second connection would help.
 *
 *     in flight, in the order sent:   o o o . o . o | w w w w w w w w w w w w w w w w w w w w w
 *                                     overtaken     | behind: sent after all that was answered
 *
 * Such a server takes queries in the order they come: few of those in flight were ever overtaken by an
 * answer, and many are behind. A server that works on all of them overtakes many as soon as response times
 * differ at all, since some names are in its cache and others are not. Where they do not differ, nothing
 * waits much longer than the quickest answer took since the crowd came.
 *
 * A server that has shown it once is believed to be of that kind for an hour, so that the next crowd does
 * not wait for its first answers.
 */

import type { Connection } from "./connection.ts";
import type { PendingTable } from "./pending_table.ts";

/** So many overtaken queries are worked on at a time: more than by BIND. */
const MANY_OVERTAKEN = 32;
/** So many behind make another connection worth its handshake. */
const MANY_BEHIND = 20;
/** So many answers since the crowd came: one of them alone may be from a cache. */
const MIN_ANSWERS = 8;
/** Longer than this a query does not wait where all are worked on: the quickest time and a fourth, and ms. */
const FACTOR = 1.25;
const MARGIN = 25;
/** Looks in a row: one alone may fall into the middle of answers that are just arriving. */
const MIN_LOOKS = 2;
/** The quickest time is forgotten as answers come, so that a busy server is not held to its best. */
const GAIN = 1 / 64;

/** Milliseconds for which a server is believed to be what it was, and the crowd that is enough then. */
const MEMORY = 3_600_000;
const CROWD = 2 * MANY_BEHIND;

export class Crowd {
  #knownUntil = -Infinity;
  #quickest = -1;
  #connection: Connection | undefined;
  #answeredBefore = 0;
  #lastLook = 0;
  #looks = 0;

  /** A response came after `time` milliseconds. */
  onAnswer(time: number): void {
    if (this.#quickest < 0 || time < this.#quickest) this.#quickest = time;
    else this.#quickest += (time - this.#quickest) * GAIN;
  }

  /** Whether queries wait at the server for others on `connection`. To be asked at every tick. */
  isHeldUp(connection: Connection, pending: PendingTable<Connection>, now: number): boolean {
    if (connection.inFlight < MANY_BEHIND) {
      this.#connection = undefined;
      return false;
    }
    if (connection.inFlight >= CROWD && now < this.#knownUntil) return true;
    const lastLook = this.#lastLook;
    this.#lastLook = now;
    // All that was there at the last look is answered: what is here now is another crowd.
    if (connection !== this.#connection || oldest(connection, pending) >= lastLook) {
      this.#begin(connection);
    }
    if (connection.answered - this.#answeredBefore < MIN_ANSWERS) return false;
    const patience = FACTOR * this.#quickest + MARGIN;
    this.#looks = areManyBehind(connection, pending, now - patience) ? this.#looks + 1 : 0;
    if (this.#looks < MIN_LOOKS) return false;
    this.#knownUntil = now + MEMORY;
    return true;
  }

  #begin(connection: Connection): void {
    this.#connection = connection;
    this.#answeredBefore = connection.answered;
    this.#looks = 0;
    this.#quickest = -1;
  }
}

/** When the oldest query was sent that is in flight on a connection. */
function oldest(connection: Connection, pending: PendingTable<Connection>): number {
  let slot = pending.byAge.first;
  while (slot >= 0 && pending.connection(slot) !== connection) slot = pending.byAge.after(slot);
  return slot < 0 ? Infinity : pending.sent[slot];
}

/** Whether many of the queries in flight that were sent before `limit` are behind, and few overtaken. */
function areManyBehind(
  connection: Connection,
  pending: PendingTable<Connection>,
  limit: number,
): boolean {
  let overtaken = 0;
  let behind = 0;
  for (let slot = pending.byAge.first; slot >= 0; slot = pending.byAge.after(slot)) {
    const sent = pending.sent[slot];
    if (pending.connection(slot) !== connection) continue;
    if (sent < connection.answeredUpTo) overtaken++;
    else if (sent > limit || ++behind >= MANY_BEHIND) break;
    if (overtaken >= MANY_OVERTAKEN) return false;
  }
  return behind >= MANY_BEHIND;
}
