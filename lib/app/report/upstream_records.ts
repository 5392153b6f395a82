/** What is counted and learned of each upstream, by its name: it outlives a reload that keeps the upstream. */

import { EdnsSupport } from "../../resolver/upstream/edns_support.ts";
import { sumOf, UpstreamCounters } from "../../resolver/upstream/upstream_counters.ts";
import { LatencyHistory } from "./latency_history.ts";

/** Stretches of latencies that are kept, and how many calls of `turn()` one takes: a minute. */
export const STRETCHES = 15;
const TURNS = 6;

export interface UpstreamRecord {
  readonly counters: UpstreamCounters;
  /** From a query to its response. */
  readonly latency: LatencyHistory;
  /** What of EDNS it accepts. */
  readonly edns: EdnsSupport;
}

export class UpstreamRecords {
  readonly #records = new Map<string, UpstreamRecord>();
  #turns = 0;
  /** Of upstreams that are in use no more. */
  #past = new UpstreamCounters();

  /** That of an upstream; a new one the first time. */
  of(name: string): UpstreamRecord {
    const known = this.#records.get(name);
    if (known) return known;
    const counters = new UpstreamCounters();
    const latency = new LatencyHistory(counters.latency, STRETCHES);
    const record = { counters, latency, edns: new EdnsSupport() };
    this.#records.set(name, record);
    return record;
  }

  /** The counters of all upstreams there were, added up; without latencies. */
  total(): UpstreamCounters {
    return sumOf([this.#past, ...[...this.#records.values()].map(({ counters }) => counters)]);
  }

  /** To be called every ten seconds. */
  turn(): void {
    if (++this.#turns % TURNS !== 0) return;
    for (const { latency } of this.#records.values()) latency.turn();
  }

  /** Forgets all but the `names`, whose upstreams alone are in use; their sum stays. */
  keep(names: readonly string[]): void {
    for (const [name, { counters }] of this.#records) {
      if (names.includes(name)) continue;
      this.#past = sumOf([this.#past, counters]);
      this.#records.delete(name);
    }
  }
}
