/** What an upstream is up to, as plain data for whoever reports; and what its counters say of endings. */

import type { Health } from "../pool/pool_member.ts";
import type { Ending } from "./connection.ts";
import type { Connections } from "./connections.ts";
import type { Reach } from "./reach.ts";
import type { UpstreamCounters } from "./upstream_counters.ts";

/**
 * In a word. It works: never asked yet (unused), being connected to (connecting), connected, or without a
 * connection until the next query (idle). It does not: queries wait on a connection that says nothing
 * (silent), for an attempt to succeed (failing), or fail at once (down).
 */
export const STATE_WORDS = [
  "unused",
  "connecting",
  "connected",
  "idle",
  "silent",
  "failing",
  "down",
] as const;
export type StateWord = typeof STATE_WORDS[number];

export interface UpstreamState {
  readonly word: StateWord;
  /** Why it fails; "" where it does not. */
  readonly cause: string;
  /** When it began to fail or to work, in milliseconds of the clock; -1: it has never been connected. */
  readonly since: number;
  /** Attempts and connections that failed since it began to fail. */
  readonly failures: number;
  /** Connections that are open. */
  readonly connections: number;
  readonly inFlight: number;
  /** Queries without an outcome, those in flight among them. */
  readonly pending: number;
  /** Milliseconds that a connection may be idle until we close it. */
  readonly idleLimit: number;
}

/** What is known of an upstream elsewhere than in its reach and its connections. */
interface Surroundings {
  readonly isDialing: boolean;
  readonly health: Health;
  readonly pending: number;
  readonly idleLimit: number;
}

export function stateOf(
  reach: Reach,
  connections: Connections,
  { health, idleLimit, isDialing, pending }: Surroundings,
  now: number,
): UpstreamState {
  const { cause, failingSince, failures, wellSince } = reach;
  const open = connections.all;
  const wordIfWell = open.length > 0
    ? "connected"
    : isDialing
    ? "connecting"
    : wellSince < 0
    ? "unused"
    : "idle";
  return {
    word: reach.isDown(now) ? "down" : health === "well" ? wordIfWell : health,
    cause,
    since: failingSince >= 0 ? failingSince : wellSince,
    failures,
    connections: open.length,
    inFlight: open.reduce((sum, { inFlight }) => sum + inFlight, 0),
    pending,
    idleLimit,
  };
}

/** One more connection has ended. */
export function countEnding(counters: UpstreamCounters, ending: Ending): void {
  if (ending === "ours") counters.endedByUs++;
  else if (ending === "clean") counters.endedByUpstream++;
  else counters.broken++;
}
