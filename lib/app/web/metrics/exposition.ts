/**
 * Numbers in the text format that Prometheus reads (version 0.0.4): families of samples, each with what it
 * means and its type.
 *
 *     # HELP dnsfwd_client_queries_total Queries of clients.
 *     # TYPE dnsfwd_client_queries_total counter
 *     dnsfwd_client_queries_total{transport="udp"} 1241
 */

import type { LatencyHistogram } from "../../../base/latency_histogram.ts";

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Names in snake_case; values are any text. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  /** undefined: not known, and so left out. */
  readonly value: number | undefined;
}

export interface HistogramSample {
  readonly labels?: Labels;
  /** Borrowed. */
  readonly latency: LatencyHistogram;
}

/** Upper bounds of buckets in milliseconds, 0.5 to 4096: at powers of two the counts are exact. */
const BOUNDS = Array.from({ length: 14 }, (_, at) => 2 ** (at - 1));

export class Exposition {
  readonly #lines: string[] = [];

  /** A number that only grows. Its name ends in `_total`, which is for counters alone. */
  counter(name: string, help: string, samples: readonly Sample[]): void {
    this.#family("counter", name, help, samples);
  }

  /** A number that comes and goes. */
  gauge(name: string, help: string, samples: readonly Sample[]): void {
    this.#family("gauge", name, help, samples);
  }

  /** In seconds. */
  histogram(name: string, help: string, samples: readonly HistogramSample[]): void {
    this.#head("histogram", name, help);
    for (const { labels, latency } of samples) this.#buckets(name, labels, latency);
  }

  /** All of it; the last line has its end. */
  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  /** One of which nothing is known is left out. */
  #family(type: string, name: string, help: string, samples: readonly Sample[]): void {
    const known = samples.filter(({ value }) => value !== undefined);
    if (known.length === 0) return;
    this.#head(type, name, help);
    for (const { labels, value } of known) this.#sample(name, labels, value as number);
  }

  #head(type: string, name: string, help: string): void {
    this.#lines.push(`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`);
  }

  /** That a bound belongs to its bucket makes no difference to a time that was measured. */
  #buckets(name: string, labels: Labels | undefined, latency: LatencyHistogram): void {
    for (const bound of BOUNDS) {
      const below = { ...labels, le: `${bound / 1000}` };
      this.#sample(`${name}_bucket`, below, latency.countBelow(bound));
    }
    this.#sample(`${name}_bucket`, { ...labels, le: "+Inf" }, latency.count);
    this.#sample(`${name}_sum`, labels, latency.sum / 1000);
    this.#sample(`${name}_count`, labels, latency.count);
  }

  #sample(name: string, labels: Labels | undefined, value: number): void {
    const pairs = Object.entries(labels ?? {}).map(([label, text]) =>
      `${label}="${escaped(text).replaceAll('"', '\\"')}"`
    );
    this.#lines.push(`${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`);
  }
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** A sample for each of `values`, whose names are those of the label. */
export function samplesBy(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([text, value]) => ({ labels: { [label]: text }, value }));
}
