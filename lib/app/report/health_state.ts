/**
 * How the program is, in one of three words that mean the same everywhere: in `status` and its exit code, in
 * JSON, in metrics, on the page and for a service manager.
 *
 *     working   every upstream works as far as is known, and queries get their responses
 *     degraded  an upstream of several is down, or more than 5 % of the last minute's queries had no response
 *     failing   no upstream works, half of the last minute's queries had no response, or the program itself
 *               does not answer; also while something is still answered here
 */

import type { Finding } from "./finding.ts";

export const HEALTH_STATES = ["working", "degraded", "failing"] as const;
export type HealthState = typeof HEALTH_STATES[number];

/** Above this share of queries without a response it is degraded; from the other on, failing. */
const SOME = 0.05;
const MOST = 0.5;
/** Of fewer queries without a response nothing worse than degraded is made: one lost query is no outage. */
const ENOUGH_FAILURES = 3;

/** What the state is made of: a part of a report, also of one from another version of the program. */
export interface HealthFacts {
  /** What the program found wrong with itself; undefined: nothing. */
  readonly problem?: string;
  readonly upstreams?: readonly UpstreamHealth[];
  /** The last minute. */
  readonly minute?: MinuteHealth;
}

export interface UpstreamHealth {
  /** false: no query gets a response of it. Undefined or true: it works, as far as is known. */
  readonly isWorking?: boolean;
  /** Of one that does not work: clients that are kept apart from others still get responses of it. */
  readonly worksForSome?: boolean;
  /** Milliseconds since the latest response; undefined: there was none. */
  readonly lastResponse?: number;
}

interface MinuteHealth {
  /** Exact; where they are missing, they are worked out of what follows. */
  readonly counts?: { readonly replies?: number; readonly failures?: number };
  readonly seconds?: number;
  /** Per second. */
  readonly queries?: number;
  readonly replies?: number;
  readonly failures?: number;
}

/** What each state is to a person: for colours and signs. */
export const GRADES: Readonly<Record<HealthState, Finding["grade"]>> = {
  working: "good",
  degraded: "doubtful",
  failing: "bad",
};

export function healthState({ minute, problem, upstreams = [] }: HealthFacts): HealthState {
  if (problem !== undefined || worksNowhere(upstreams)) return "failing";
  const byShare = missingState(minute);
  if (byShare !== "working") return byShare;
  return upstreams.some(({ isWorking }) => isWorking === false) ? "degraded" : "working";
}

/** Whether there are upstreams, and none that works. One that was never asked is no fault. */
export function worksNowhere(upstreams: readonly UpstreamHealth[]): boolean {
  return upstreams.length > 0 &&
    upstreams.every(({ isWorking, worksForSome }) => isWorking === false && !worksForSome);
}

/** By the queries of the last minute alone. */
export function missingState(minute: MinuteHealth | undefined): HealthState {
  const { failures, replies } = countsOf(minute);
  const share = replies > 0 ? failures / replies : 0;
  if (share >= MOST && failures >= ENOUGH_FAILURES) return "failing";
  return share > SOME ? "degraded" : "working";
}

/** The share of the last minute's queries that had no response, 0 to 1. */
export function missingShare(minute: MinuteHealth | undefined): number {
  const { failures, replies } = countsOf(minute);
  return replies > 0 ? Math.min(1, failures / replies) : 0;
}

/** Of replies: a query may have come in an earlier minute than the one in which it fails. */
function countsOf(minute: MinuteHealth = {}): { failures: number; replies: number } {
  const { counts, failures = 0, queries = 0, replies = queries, seconds = 0 } = minute;
  return {
    failures: counts?.failures ?? Math.round(failures * seconds),
    replies: counts?.replies ?? Math.round(replies * seconds),
  };
}
