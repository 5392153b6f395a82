/** What a running instance might have measured: of everything something. */

import { LatencyHistogram } from "../../lib/base/latency_histogram.ts";
import type { Measures, UpstreamMeasures } from "../../lib/app/report/measures.ts";
import type { UpstreamReport } from "../../lib/app/report/upstream_report.ts";
import type { Facts } from "../../lib/app/web/metrics/metrics_text.ts";
import { ListenerCounters } from "../../lib/listener/listener_counters.ts";
import { QuestionCounters } from "../../lib/resolver/question_counters.ts";
import { UpstreamCounters } from "../../lib/resolver/upstream/upstream_counters.ts";
import { DOWN_UPSTREAM, REPORT, UPSTREAM } from "./report.ts";

/** Up for a minute; the configuration was read ten seconds after the start. */
export const FACTS: Facts = {
  version: "1.2.3",
  state: "working",
  isReady: true,
  identity: "",
  now: 60_000,
  wall: Date.UTC(2026, 10, 23, 12),
  configAge: 50_000,
  resident: 57_671_680,
  heapUsed: 9_437_184,
  cpu: 1.25,
};

/** Of so many milliseconds each. */
export function latencies(...times: number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const time of times) histogram.add(time);
  return histogram;
}

export function upstreamMeasures(
  report: UpstreamReport,
  changes: Partial<UpstreamMeasures> = {},
): UpstreamMeasures {
  const { connections, ignored, queries } = report;
  const counters = Object.assign(new UpstreamCounters(), {
    ...queries,
    ...ignored,
    ...connections,
    connections: connections.opened,
    lastResponse: 59_000,
  });
  counters.rcodes[0] = 900;
  counters.rcodes[3] = 140;
  return { report, counters, latency: latencies(), certificateEnd: undefined, ...changes };
}

/** Two upstreams, one of them down. */
export function sampleMeasures(): Measures {
  const counters = Object.assign(new ListenerCounters(), {
    received: 1241,
    streamed: 41,
    answered: 1234,
    failed: 7,
    truncated: 2,
    tooShort: 1,
    repeated: 5,
    malformed: 3,
    refused: 4,
    limited: 6,
    special: 8,
    readiness: 9,
    connections: 17,
  });
  counters.rcodes[0] = 1050;
  counters.rcodes[2] = 7;
  counters.rcodes[3] = 177;
  return {
    counters,
    questions: Object.assign(new QuestionCounters(), { joined: 180, failedAgain: 2 }),
    latency: latencies(0.3, 12, 5000),
    tables: REPORT.tables,
    upstreams: [
      upstreamMeasures(UPSTREAM, {
        latency: latencies(0.25, 0.75, 3),
        certificateEnd: FACTS.wall + 61 * 86_400_000,
      }),
      upstreamMeasures(DOWN_UPSTREAM),
    ],
  };
}
