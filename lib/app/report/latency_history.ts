/**
 * How long things took in the latest stretches of time, each of the same length, and since the start. Whoever
 * measures adds to a histogram of the current stretch; `turn()` takes that over when the stretch is over.
 */

import { LatencyHistogram } from "../../base/latency_histogram.ts";

/** Milliseconds that so many percent do not exceed, and the longest. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export class LatencyHistory {
  readonly #current: LatencyHistogram;
  readonly #past = new LatencyHistogram();
  readonly #ring: readonly LatencyHistogram[];
  #turns = 0;

  /** Of the latest `stretches` that are over. Whoever measures adds to `current`, which is emptied in turn. */
  constructor(current: LatencyHistogram, stretches: number) {
    this.#current = current;
    this.#ring = Array.from({ length: stretches }, () => new LatencyHistogram());
  }

  /** A stretch is over: another begins. */
  turn(): void {
    const latest = this.#ring[this.#turns++ % this.#ring.length];
    latest.clear();
    latest.addAll(this.#current);
    this.#past.addAll(this.#current);
    this.#current.clear();
  }

  /** All since the start. */
  total(): LatencyHistogram {
    const sum = new LatencyHistogram();
    sum.addAll(this.#past);
    sum.addAll(this.#current);
    return sum;
  }

  /** Those of the current stretch and of the `stretches` before it. */
  latest(stretches: number): LatencyHistogram {
    const sum = new LatencyHistogram();
    sum.addAll(this.#current);
    const kept = Math.min(stretches, this.#turns, this.#ring.length);
    for (let back = 1; back <= kept; back++) sum.addAll(this.over(back));
    return sum;
  }

  /** The stretch that was over `back` turns ago, from 1 on; borrowed. */
  over(back: number): LatencyHistogram {
    return this.#ring[(this.#turns - back) % this.#ring.length];
  }
}

/** Rounded to what a person reads; undefined without anything. */
export function percentilesOf(histogram: LatencyHistogram): Percentiles | undefined {
  if (histogram.count === 0) return undefined;
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((part) => rounded(histogram.percentile(part)));
  return { p50, p90, p99, max: rounded(histogram.max) };
}

/** Two digits behind the point below ten milliseconds, none from a hundred on. */
export function rounded(time: number): number {
  const digits = time < 10 ? 2 : time < 100 ? 1 : 0;
  return Number(time.toFixed(digits));
}
