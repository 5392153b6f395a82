/** All numbers of the program, as text for Prometheus. */

import type { Measures } from "../../report/measures.ts";
import { ClientMetrics } from "./client_metrics.ts";
import { HEALTH_STATES, type HealthState } from "../../report/health_state.ts";
import { Exposition, samplesBy } from "./exposition.ts";
import { writeUpstreamMetrics } from "./upstream_metrics.ts";

/** What there is to know besides measures. */
export interface Facts {
  readonly version: string;
  readonly state: HealthState;
  readonly isReady: boolean;
  /** Which of many instances it is; "": nobody is told. */
  readonly identity: string;
  /** Milliseconds of the clock, which begins with the process; and since 1970. */
  readonly now: number;
  readonly wall: number;
  /** Milliseconds since the configuration in use was read. */
  readonly configAge: number;
  /** Octets. */
  readonly resident: number;
  readonly heapUsed: number;
  /** Seconds of processor time. */
  readonly cpu: number;
}

/** Milliseconds by which the wall clock may wander before times of the past are others. */
const MAX_DRIFT = 1000;

export class MetricsText {
  readonly #clients = new ClientMetrics();
  /** When the clock began, in milliseconds since 1970; the same from call to call, unless the wall clock is set. */
  #origin = -Infinity;

  /** The text as things stand. */
  of(measures: Measures, facts: Facts): string {
    this.#look(facts);
    const out = new Exposition();
    this.#writeProgram(out, facts);
    this.#clients.write(out, measures);
    writeUpstreamMetrics(out, measures.upstreams, (time) => this.#origin + time);
    this.#writeProcess(out, facts);
    return out.toString();
  }

  #look({ now, wall }: Facts): void {
    const origin = Math.round(wall - now);
    if (Math.abs(origin - this.#origin) > MAX_DRIFT) this.#origin = origin;
  }

  #writeProgram(out: Exposition, facts: Facts): void {
    const { configAge, identity, isReady, now, state, version } = facts;
    out.gauge("dnsfwd_build_info", "Always 1; the label is the version of the program.", [
      { labels: { version }, value: 1 },
    ]);
    if (identity !== "") {
      out.gauge("dnsfwd_info", "Always 1; the label says which of many instances it is.", [
        { labels: { identity }, value: 1 },
      ]);
    }
    const states = Object.fromEntries(HEALTH_STATES.map((each) => [each, Number(each === state)]));
    out.gauge("dnsfwd_state", "1 for the state that it is in, 0 for the others.", [
      ...samplesBy("state", states),
    ]);
    out.gauge("dnsfwd_healthy", "Whether the state is not failing: 1 or 0.", [
      { value: Number(state !== "failing") },
    ]);
    out.gauge("dnsfwd_ready", "Whether it is ready for clients, as /readyz says: 1 or 0.", [
      { value: Number(isReady) },
    ]);
    out.gauge(
      "dnsfwd_config_loaded_timestamp_seconds",
      "When the configuration in use was read.",
      [{ value: Math.round((this.#origin + now - configAge) / 100) / 10 }],
    );
  }

  #writeProcess(out: Exposition, { cpu, heapUsed, resident }: Facts): void {
    out.counter("process_cpu_seconds_total", "Processor time, of the user and of the system.", [
      { value: cpu },
    ]);
    out.gauge("process_resident_memory_bytes", "Resident memory.", [{ value: resident }]);
    out.gauge("process_start_time_seconds", "When the process was started.", [
      { value: this.#origin / 1000 },
    ]);
    out.gauge("dnsfwd_heap_used_bytes", "Memory that objects of the program take.", [
      { value: heapUsed },
    ]);
  }
}
