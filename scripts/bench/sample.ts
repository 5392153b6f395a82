/** What one contender shows in one round, and the median of several rounds. */

export interface Sample {
  /** Answers per second, saturated. */
  readonly perSecond: number;
  /** CPU per answer, saturated. */
  readonly microseconds: number;
  /** Queries without an answer, saturated. */
  readonly lost: number;
  /** Percent of the answers that the upstream gave; below 100, some came from a cache. */
  readonly forwarded: number;
  /** Megabytes, after the saturated run: with what was not given back since the overload of a round before. */
  readonly resident: number;
  /** Of the latency at the light load, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly paced: readonly PacedSample[];
}

export interface PacedSample {
  readonly rate: number;
  /** What dnsperf achieved: less than `rate` where the machine has no CPU left for it. */
  readonly sentPerSecond: number;
  readonly lostPercent: number;
  /** CPU per answer. */
  readonly microseconds: number;
}

/** Of each number by itself; the samples have the same rates. */
export function medianSample(samples: readonly Sample[]): Sample {
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick));
  return {
    perSecond: of((sample) => sample.perSecond),
    microseconds: of((sample) => sample.microseconds),
    lost: of((sample) => sample.lost),
    forwarded: of((sample) => sample.forwarded),
    resident: of((sample) => sample.resident),
    p50: of((sample) => sample.p50),
    p99: of((sample) => sample.p99),
    paced: samples[0].paced.map(({ rate }, index) => ({
      rate,
      sentPerSecond: of((sample) => sample.paced[index].sentPerSecond),
      lostPercent: of((sample) => sample.paced[index].lostPercent),
      microseconds: of((sample) => sample.paced[index].microseconds),
    })),
  };
}

/** Of an even number of values, the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest of the `sorted` values that `percent` of them do not exceed; NaN of none. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)] ?? NaN;
}
