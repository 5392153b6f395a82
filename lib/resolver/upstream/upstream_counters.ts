/** What an upstream has been through since the start; plain numbers, read by whoever reports. */
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
  /** Responses to queries given up, to no query, and to another question: all ignored. */
  late = 0;
  unknown = 0;
  mismatched = 0;
  /** The longest that a query was pending before its response came, in milliseconds. */
  longest = 0;
}

/** The sum of several; the longest of `longest`. */
export function sumOf(all: readonly UpstreamCounters[]): UpstreamCounters {
  const sum = new UpstreamCounters();
  for (const name of Object.keys(sum) as (keyof UpstreamCounters)[]) {
    const values = all.map((each) => each[name]);
    sum[name] = name === "longest" ? Math.max(...values) : values.reduce((a, b) => a + b, 0);
  }
  return sum;
}
