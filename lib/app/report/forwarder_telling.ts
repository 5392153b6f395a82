/** Puts together what a running forwarder says of itself, out of its parts. */

import type { Clock } from "../../base/clock.ts";
import type { ListenerCounters } from "../../listener/listener_counters.ts";
import { formatAddress } from "../../net/address.ts";
import type { Prepared } from "../prepared_upstreams.ts";
import type { QueryLogs } from "../query_log/query_logs.ts";
import type { Resolutions } from "../reload/resolutions.ts";
import type { Listeners } from "../serving/listeners.ts";
import { summarize, type Summary } from "../summary.ts";
import type { HealthFacts } from "./health_state.ts";
import type { History } from "./history.ts";
import { type Measures, upstreamMeasures } from "./measures.ts";
import { type ForwarderReport, reportOf, type TableUse } from "./report.ts";
import { upstreamHealth, upstreamReport } from "./upstream_report.ts";

export interface ForwarderParts {
  readonly clock: Clock;
  readonly counters: ListenerCounters;
  readonly history: History;
  readonly resolutions: Resolutions;
  readonly listeners: Listeners;
  readonly queryLogs: QueryLogs;
}

export class ForwarderTelling {
  readonly #parts: ForwarderParts;
  readonly #started: number;

  /** The forwarder has just started. */
  constructor(parts: ForwarderParts) {
    this.#parts = parts;
    this.#started = parts.clock.now();
  }

  summary(): Summary {
    const { clock, counters, resolutions } = this.#parts;
    const uptime = clock.now() - this.#started;
    const upstream = resolutions.upstreamCounters();
    return summarize(counters, upstream, resolutions.questionCounters, uptime);
  }

  report(): ForwarderReport {
    const { clock, counters, history, listeners, queryLogs, resolutions } = this.#parts;
    const { current: { upstreams }, records } = resolutions;
    wantCertificates(upstreams);
    return {
      ...reportOf(counters, history),
      summary: this.summary(),
      addresses: listeners.addresses.map(formatAddress),
      awaited: listeners.awaited.map(formatAddress),
      upstreams: upstreams.map((each) => upstreamReport(each, records.of(each.name), clock)),
      queryLog: queryLogs.report(),
      tables: this.#tables,
    };
  }

  /** What the state of health is made of, without what the self-check knows. */
  health(): HealthFacts {
    const { clock, history, resolutions: { current, records } } = this.#parts;
    const now = clock.now();
    return {
      upstreams: current.upstreams.map((each) => upstreamHealth(each, records.of(each.name), now)),
      minute: history.minuteRates(),
    };
  }

  measures(): Measures {
    const { clock, counters, history, resolutions } = this.#parts;
    const { current: { upstreams }, questionCounters: questions, records } = resolutions;
    wantCertificates(upstreams);
    return {
      counters,
      questions,
      latency: history.totalLatency(),
      tables: this.#tables,
      upstreams: upstreams.map((each) => upstreamMeasures(each, records.of(each.name), clock)),
    };
  }

  get #tables(): readonly TableUse[] {
    const { listeners, resolutions } = this.#parts;
    return [...listeners.tables, ...resolutions.current.tables];
  }
}

/** Of upstreams that were connected to: others are not, only to look at that. */
function wantCertificates(upstreams: readonly Prepared[]): void {
  for (const { certificate, counters } of upstreams) {
    if (counters.connections > 0) certificate?.want();
  }
}
