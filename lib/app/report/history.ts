/**
 * What clients asked, and how long they waited, in the last quarter of an hour: a sample every ten seconds, in
 * arrays that never grow.
 */

import type { Clock } from "../../base/clock.ts";
import type { ListenerCounters } from "../../listener/listener_counters.ts";
import type { LatencyHistogram } from "../../base/latency_histogram.ts";
import { LatencyHistory, type Percentiles, percentilesOf, rounded } from "./latency_history.ts";

/** Milliseconds from one sample to the next. */
export const INTERVAL = 10_000;
/** A quarter of an hour. */
export const SAMPLES = 90;
const MINUTE = 6;

/** What happened in a stretch of time up to now. */
export interface Stretch {
  /** Its length; shorter than asked for soon after the start. */
  readonly seconds: number;
  /** Of clients, per second. */
  readonly queries: number;
  /** What they were sent, per second; and how many of these say that there is no response. */
  readonly replies: number;
  readonly failures: number;
  /** The same as numbers of queries, exact. */
  readonly counts?: StretchCounts;
  /** Of replies that had to be waited for, in milliseconds; undefined: there were none. */
  readonly latency?: Percentiles;
}

export interface StretchCounts {
  readonly queries: number;
  readonly replies: number;
  readonly failures: number;
}

/** A value for each sample, the latest last; per second and in milliseconds, null without any reply. */
export interface Series {
  /** Seconds from one sample to the next. */
  readonly interval: number;
  readonly queries: readonly number[];
  readonly failures: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}

interface Snapshot {
  readonly time: number;
  readonly received: number;
  readonly answered: number;
  readonly failed: number;
}

export class History {
  readonly #clock: Clock;
  readonly #counters: ListenerCounters;
  readonly #latency: LatencyHistory;
  /** From the start or the sample before the first that is kept, to the latest. */
  readonly #snapshots: Snapshot[] = [];

  /** Takes over what `counters` say of latencies. */
  constructor(clock: Clock, counters: ListenerCounters) {
    this.#clock = clock;
    this.#counters = counters;
    this.#latency = new LatencyHistory(counters.latency, SAMPLES);
    this.#snapshots.push(this.#snapshot());
  }

  /** To be called every second or so; says whether a sample was taken. */
  look(): boolean {
    const now = this.#snapshot();
    if (now.time - this.#snapshots[this.#snapshots.length - 1].time < INTERVAL) return false;
    this.#snapshots.push(now);
    if (this.#snapshots.length > SAMPLES + 1) this.#snapshots.shift();
    this.#latency.turn();
    return true;
  }

  minute(): Stretch {
    return this.#stretch(MINUTE);
  }

  quarter(): Stretch {
    return this.#stretch(SAMPLES);
  }

  /** The last minute without latencies, which take longer to find out. */
  minuteRates(): Stretch {
    return this.#rates(MINUTE);
  }

  /** Since the start, in milliseconds. */
  totalLatency(): LatencyHistogram {
    return this.#latency.total();
  }

  series(): Series {
    const snapshots = this.#snapshots;
    const latencies = snapshots.slice(1).map((_, at) =>
      percentilesOf(this.#latency.over(snapshots.length - 1 - at))
    );
    const rates = snapshots.slice(1).map((each, at) => ratesBetween(snapshots[at], each));
    return {
      interval: INTERVAL / 1000,
      queries: rates.map(({ queries }) => queries),
      failures: rates.map(({ failures }) => failures),
      p50: latencies.map((each) => each?.p50 ?? null),
      p99: latencies.map((each) => each?.p99 ?? null),
    };
  }

  /** Of so many samples, and what has come since the latest. */
  #stretch(samples: number): Stretch {
    const latency = percentilesOf(this.#latency.latest(samples));
    return {
      ...this.#rates(samples),
      ...(latency && { latency }),
    };
  }

  #rates(samples: number): Stretch {
    const before = this.#snapshots[Math.max(0, this.#snapshots.length - 1 - samples)];
    const now = this.#snapshot();
    return { ...ratesBetween(before, now), counts: countsBetween(before, now) };
  }

  #snapshot(): Snapshot {
    const { answered, failed, own, readiness, received } = this.#counters;
    return {
      time: this.#clock.now(),
      received: received - own - readiness,
      answered: answered - own - readiness,
      failed,
    };
  }
}

function countsBetween(from: Snapshot, to: Snapshot): StretchCounts {
  return {
    queries: to.received - from.received,
    replies: to.answered - from.answered,
    failures: to.failed - from.failed,
  };
}

function ratesBetween(from: Snapshot, to: Snapshot) {
  const seconds = (to.time - from.time) / 1000;
  const { failures, queries, replies } = countsBetween(from, to);
  const perSecond = (count: number) => seconds > 0 ? rounded(count / seconds) : 0;
  return {
    seconds: Math.round(seconds),
    queries: perSecond(queries),
    replies: perSecond(replies),
    failures: perSecond(failures),
  };
}
