/** What an upstream has been through since the start; plain numbers, read by whoever reports. */

import { LatencyHistogram } from "../../base/latency_histogram.ts";

/** RCODEs that fit into a header (RFC 1035, 4.1.1). */
const RCODES = 16;

export class UpstreamCounters {
  /** Queries put on a connection, and how many of these not for the first time. */
  sent = 0;
  resent = 0;
  /** Responses handed to requesters; queries that ended without one. */
  answered = 0;
  failed = 0;
  /** Queries that found the table full. */
  overload = 0;
  /** Connections opened, TLS handshakes done, attempts that failed. */
  connections = 0;
  handshakes = 0;
  failedAttempts = 0;
  /** Handshakes that went on with an earlier TLS session (RFC 8446, 2.2). */
  resumptions = 0;
  /** Connections that ended: closed by us, closed by the upstream as one does, and broken in whatever way. */
  endedByUs = 0;
  endedByUpstream = 0;
  broken = 0;
  /** Responses to queries given up, to no query, and to another question: all ignored. */
  late = 0;
  unknown = 0;
  mismatched = 0;
  /** The longest that a query was pending before its response came, in milliseconds. */
  longest = 0;
  /** Most queries in flight at a time on a connection. */
  deepest = 0;
  /** When the latest response came, in milliseconds of the clock; -1 before the first. */
  lastResponse = -1;
  /** Responses by the RCODE in their header. */
  readonly rcodes = new Float64Array(RCODES);
  /** From sending a query, for the last time, to its response; since somebody last took these over. */
  readonly latency = new LatencyHistogram();
}

/** Of which the largest counts, not the sum. */
const LARGEST: readonly string[] = ["longest", "deepest", "lastResponse"];

/** The sum of several; the longest, deepest and latest of those; without latencies. */
export function sumOf(all: readonly UpstreamCounters[]): UpstreamCounters {
  const sum = new UpstreamCounters();
  for (const name of Object.keys(sum) as (keyof UpstreamCounters)[]) {
    if (name === "rcodes" || name === "latency") continue;
    const values = all.map((each) => each[name]);
    sum[name] = LARGEST.includes(name)
      ? Math.max(sum[name], ...values)
      : values.reduce((a, b) => a + b, 0);
  }
  for (const { rcodes } of all) rcodes.forEach((count, rcode) => sum.rcodes[rcode] += count);
  return sum;
}
