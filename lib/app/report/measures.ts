/** What is measured, as it stands at this moment: for whoever wants each number rather than a report. */

import type { Clock } from "../../base/clock.ts";
import type { LatencyHistogram } from "../../base/latency_histogram.ts";
import type { ListenerCounters } from "../../listener/listener_counters.ts";
import type { QuestionCounters } from "../../resolver/question_counters.ts";
import type { UpstreamCounters } from "../../resolver/upstream/upstream_counters.ts";
import type { Prepared } from "../prepared_upstreams.ts";
import type { TableUse } from "./report.ts";
import type { UpstreamRecord } from "./upstream_records.ts";
import { type UpstreamReport, upstreamReport } from "./upstream_report.ts";

export interface UpstreamMeasures {
  readonly report: UpstreamReport;
  /** Borrowed; they go on counting. */
  readonly counters: UpstreamCounters;
  /** From a query to its response, since the start. */
  readonly latency: LatencyHistogram;
  /** In milliseconds since 1970; undefined where that is not known. */
  readonly certificateEnd: number | undefined;
}

export interface Measures {
  /** Borrowed, as are `questions`. */
  readonly counters: ListenerCounters;
  readonly questions: QuestionCounters;
  /** From a query to its reply, where that was not made at once, since the start. */
  readonly latency: LatencyHistogram;
  readonly tables: readonly TableUse[];
  /** In the order of the configuration. */
  readonly upstreams: readonly UpstreamMeasures[];
}

/** Of an upstream in use. */
export function upstreamMeasures(
  upstream: Prepared,
  record: UpstreamRecord,
  clock: Clock,
): UpstreamMeasures {
  return {
    report: upstreamReport(upstream, record, clock),
    counters: record.counters,
    latency: record.latency.total(),
    certificateEnd: upstream.peers.certificateEnd,
  };
}
