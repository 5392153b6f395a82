/** What each upstream does, and how connections to it fare, for Prometheus. */

import { rcodeName } from "../../../dns/rcode_name.ts";
import { STATE_WORDS } from "../../../resolver/upstream/upstream_state.ts";
import { existing } from "../../report/counts.ts";
import type { UpstreamMeasures } from "../../report/measures.ts";
import type { Exposition, Sample } from "./exposition.ts";

type Upstreams = readonly UpstreamMeasures[];
type Value = (upstream: UpstreamMeasures) => number | undefined;
/** Several values of one upstream, by a label. */
type Values = (upstream: UpstreamMeasures) => Readonly<Record<string, number>>;

/** Name behind `dnsfwd_upstream_`, meaning, and where the value is. */
type Row = readonly [name: string, help: string, value: Value];
type LabelledRow = readonly [name: string, label: string, help: string, values: Values];

const COUNTERS: readonly Row[] = [
  [
    "queries_sent_total",
    "Queries put on a connection, each time that it was.",
    (each) => each.counters.sent,
  ],
  [
    "queries_resent_total",
    "Queries put on another connection, as the one before ended without a response.",
    (each) => each.counters.resent,
  ],
  [
    "queries_answered_total",
    "Queries that got a response.",
    (each) => each.counters.answered,
  ],
  [
    "queries_failed_total",
    "Queries that ended without a response.",
    (each) => each.counters.failed,
  ],
  [
    "queries_crowded_out_total",
    "Queries that found the table of pending ones full.",
    (each) => each.counters.overload,
  ],
  [
    "connections_opened_total",
    "Connections that were opened.",
    (each) => each.counters.connections,
  ],
  [
    "connection_failures_total",
    "Attempts to connect that failed.",
    (each) => each.counters.failedAttempts,
  ],
  [
    "tls_handshakes_total",
    "TLS handshakes that were completed.",
    (each) => each.counters.handshakes,
  ],
  [
    "tls_resumptions_total",
    "TLS handshakes that went on with an earlier session.",
    (each) => each.counters.resumptions,
  ],
];

const GAUGES: readonly Row[] = [
  [
    "up",
    "Whether queries can get a response as far as is known: 1 or 0.",
    ({ report: { isWorking, worksForSome } }) => Number(isWorking || worksForSome === true),
  ],
  [
    "consecutive_failures",
    "Attempts and connections that failed since the last that did not.",
    (each) => each.report.failures,
  ],
  [
    "response_time_seconds",
    "From a query to its response, smoothed.",
    (each) => seconds(each.report.responseTime),
  ],
  [
    "queries_pending",
    "Queries without an outcome.",
    (each) => each.report.queries.pending,
  ],
  [
    "queries_in_flight",
    "Queries that were sent and wait for a response.",
    (each) => each.report.queries.inFlight,
  ],
  [
    "queries_pending_limit",
    "Most queries that can be pending.",
    (each) => each.report.queries.limit,
  ],
  [
    "queries_in_flight_deepest",
    "Most queries that were in flight at a time on one connection.",
    (each) => each.counters.deepest,
  ],
  [
    "connections_open",
    "Connections that are open.",
    (each) => each.report.connections.open,
  ],
  [
    "connection_idle_limit_seconds",
    "How long a connection may be idle, by what was learned of the upstream.",
    (each) => seconds(each.report.connections.idleLimit),
  ],
  [
    "certificate_expiry_timestamp_seconds",
    "When the certificate ends, where the runtime tells.",
    (each) => seconds(each.certificateEnd),
  ],
];

const LABELLED: readonly LabelledRow[] = [
  [
    "responses_total",
    "rcode",
    "Responses by response code.",
    (each) => ({ NOERROR: 0, SERVFAIL: 0, NXDOMAIN: 0, ...rcodesOf(each) }),
  ],
  [
    "responses_ignored_total",
    "cause",
    "Responses that nobody waited for, by cause.",
    ({ counters: { late, mismatched, unknown } }) => ({ late, unknown, mismatched }),
  ],
  [
    "connections_ended_total",
    "by",
    "Connections that ended: closed by us (idle, or silent for too long), closed by the upstream, or broken.",
    ({ counters: { broken, endedByUpstream, endedByUs } }) => ({
      us: endedByUs,
      upstream: endedByUpstream,
      broken,
    }),
  ],
];

/** `since1970` turns milliseconds of the clock into milliseconds since 1970. */
export function writeUpstreamMetrics(
  out: Exposition,
  upstreams: Upstreams,
  since1970: (time: number) => number,
): void {
  const each = (value: Value) => (upstream: UpstreamMeasures): Sample => ({
    labels: labelsOf(upstream),
    value: value(upstream),
  });
  for (const [name, help, value] of COUNTERS) {
    out.counter(`dnsfwd_upstream_${name}`, help, upstreams.map(each(value)));
  }
  for (const [name, label, help, values] of LABELLED) {
    const samples = upstreams.flatMap((upstream) => samplesOf(upstream, label, values(upstream)));
    out.counter(`dnsfwd_upstream_${name}`, help, samples);
  }
  for (const [name, help, value] of GAUGES) {
    out.gauge(`dnsfwd_upstream_${name}`, help, upstreams.map(each(value)));
  }
  const lastResponse: Value = ({ counters: { lastResponse } }) =>
    lastResponse < 0 ? undefined : seconds(since1970(lastResponse));
  out.gauge(
    "dnsfwd_upstream_last_response_timestamp_seconds",
    "When the latest response came.",
    upstreams.map(each(lastResponse)),
  );
  writeStates(out, upstreams);
  out.histogram(
    "dnsfwd_upstream_latency_seconds",
    "From sending a query, for the last time, to its response.",
    upstreams.map((upstream) => ({ labels: labelsOf(upstream), latency: upstream.latency })),
  );
}

function writeStates(out: Exposition, upstreams: Upstreams): void {
  const statesOf = ({ report }: UpstreamMeasures) =>
    Object.fromEntries(STATE_WORDS.map((word) => [word, Number(word === report.state)]));
  out.gauge(
    "dnsfwd_upstream_state",
    "What an upstream is up to: 1 for its state, 0 for the others.",
    upstreams.flatMap((upstream) => samplesOf(upstream, "state", statesOf(upstream))),
  );
}

function samplesOf(
  upstream: UpstreamMeasures,
  label: string,
  values: Readonly<Record<string, number>>,
): Sample[] {
  return Object.entries(values).map(([text, value]) => ({
    labels: { ...labelsOf(upstream), [label]: text },
    value,
  }));
}

function labelsOf({ report }: UpstreamMeasures) {
  return { upstream: report.name };
}

function rcodesOf({ counters }: UpstreamMeasures) {
  const counts = Array.from(counters.rcodes, (count, rcode) => [rcodeName(rcode), count]);
  return existing(Object.fromEntries(counts));
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
