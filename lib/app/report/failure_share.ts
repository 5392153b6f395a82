/** How many of the queries that clients ask now get no response. */

import type { KnownReport, KnownStretch } from "./known_report.ts";

/** A share of queries without a response that somebody notices. */
export const SOME_FAIL = 0.05;
/** Of fewer queries than this a percentile says nothing. */
export const ENOUGH_QUERIES = 10;
/** So many failures tell, where most queries fail: each has kept somebody waiting. */
const ENOUGH_FAILURES = 3;
const MOST = 0.5;

/** The latest stretch in which enough was asked to judge. */
export function tellingStretch({ minute, quarter }: KnownReport): KnownStretch | undefined {
  return [minute, quarter].find((each) => countIn(each, each?.queries) >= ENOUGH_QUERIES);
}

/** From 0 to 1; 0 where too little was asked to judge. */
export function failureShare(report: KnownReport): number {
  const { minute } = report;
  const isTelling = countIn(minute, minute?.failures) >= ENOUGH_FAILURES;
  if (isTelling && shareIn(minute) >= MOST) return shareIn(minute);
  return shareIn(tellingStretch(report));
}

/** Of replies: a query may have come in an earlier stretch than the one in which it fails. */
export function shareIn(
  { failures = 0, queries = 0, replies = queries }: KnownStretch = {},
): number {
  return replies > 0 ? Math.min(1, failures / replies) : 0;
}

export function countIn(stretch: KnownStretch | undefined, perSecond = 0): number {
  return Math.round(perSecond * (stretch?.seconds ?? 0));
}
