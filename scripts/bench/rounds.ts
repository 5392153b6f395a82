/**
 * Drives the contenders in turn, round by round, so that what else happens on the machine meets all of
 * them. All run all the time; who is not asked uses nothing.
 */

import { type Absence, type Contender, reasonOf } from "./contender.ts";
import {
  countedLoad,
  lightLoad,
  type Load,
  NAMES,
  type Outcome,
  pacedLoad,
  runDnsperf,
  saturatedLoad,
} from "./dnsperf.ts";
import { processorTime, residentSize } from "./process_tree.ts";
import { medianSample, type PacedSample, percentile, type Sample } from "./sample.ts";
import type { BenchUpstream } from "./upstream.ts";

/** Queries per second: what a router sees, and more. */
export const RATES = [1000, 10_000, 30_000];
export const LIGHT_RATE = 500;
/** Compilers have done their work after so many seconds at full load. */
const WARM_UP_SECONDS = 1;
/** For a connection that was closed for idleness since the last turn. */
const WAKE_SECONDS = 0.2;
/** A contender without a new query upstream for so long has nothing left of the run before. */
const QUIET = 300;
const QUIET_LIMIT = 15_000;

/** The median of each contender, and who broke down on the way. */
export interface Results {
  readonly medians: ReadonlyMap<string, Sample>;
  readonly absences: readonly Absence[];
}

interface Measurement extends Outcome {
  /** CPU per answer. */
  readonly microseconds: number;
  /** What reached the upstream. */
  readonly forwarded: number;
}

export class Rounds {
  constructor(
    readonly upstream: BenchUpstream,
    readonly questions: string,
    readonly signal: AbortSignal,
  ) {}

  async run(contenders: readonly Contender[], count: number, seconds: number): Promise<Results> {
    const samples = new Map(contenders.map((contender) => [contender, [] as Sample[]]));
    const absences: Absence[] = [];
    for (let round = 0; round <= count; round++) {
      for (const [contender, list] of samples) {
        try {
          if (round === 0) await this.#warmUp(contender);
          else list.push(await this.#turn(contender, seconds));
        } catch (error) {
          this.signal.throwIfAborted();
          samples.delete(contender);
          absences.push({ name: contender.name, reason: `broke down: ${reasonOf(error)}` });
        }
      }
      console.error(round === 0 ? "All are warm" : `Round ${round} of ${count} is done`);
    }
    const medians = Array.from(samples, ([{ name }, list]) => [name, medianSample(list)] as const);
    return { medians: new Map(medians), absences };
  }

  /** The resident size after each of `parts` equal parts of `queries`, in megabytes. */
  async residentSizes(contender: Contender, queries: number, parts: number): Promise<number[]> {
    const sizes: number[] = [];
    for (let part = 0; part < parts; part++) {
      await this.#drive(contender, countedLoad(Math.ceil(queries / parts / NAMES)));
      sizes.push(residentSize(contender.pids));
    }
    return sizes;
  }

  async #warmUp(contender: Contender): Promise<void> {
    const { sent, answered } = await this.#drive(contender, saturatedLoad(WARM_UP_SECONDS));
    if (answered < sent / 2) throw new Error(`answers ${answered} of ${sent} queries`);
  }

  async #turn(contender: Contender, seconds: number): Promise<Sample> {
    await this.#drive(contender, lightLoad(LIGHT_RATE, WAKE_SECONDS));
    const { latencies } = await this.#drive(contender, lightLoad(LIGHT_RATE, seconds));
    const full = await this.#drive(contender, saturatedLoad(seconds));
    if (full.answered === 0) throw new Error(`answers none of ${full.sent} queries`);
    const resident = residentSize(contender.pids);
    const paced: PacedSample[] = [];
    for (const rate of RATES) paced.push(await this.#paced(contender, rate, seconds));
    return {
      perSecond: full.perSecond,
      microseconds: full.microseconds,
      lost: full.sent - full.answered,
      forwarded: full.forwarded / full.answered * 100,
      resident,
      p50: percentile(latencies, 50),
      p99: percentile(latencies, 99),
      paced,
    };
  }

  async #paced(contender: Contender, rate: number, seconds: number): Promise<PacedSample> {
    const { sent, answered, microseconds } = await this.#drive(contender, pacedLoad(rate, seconds));
    const lostPercent = (sent - answered) / sent * 100;
    return { rate, sentPerSecond: sent / seconds, lostPercent, microseconds };
  }

  async #drive({ port, pids }: Contender, load: Load): Promise<Measurement> {
    const queries = await this.#quiet();
    const time = processorTime(pids);
    const outcome = await runDnsperf(port, this.questions, load, this.signal);
    return {
      ...outcome,
      microseconds: (processorTime(pids) - time) / outcome.answered,
      forwarded: await this.upstream.queries() - queries,
    };
  }
  /** The queries upstream, once they grow no more: after an overload, some programs go on for seconds. */
  async #quiet(): Promise<number> {
    const end = performance.now() + QUIET_LIMIT;
    for (let before = -1;;) {
      const queries = await this.upstream.queries();
      if (queries === before || performance.now() > end) return queries;
      before = queries;
      await new Promise((resolve) => setTimeout(resolve, QUIET));
      this.signal.throwIfAborted();
    }
  }
}
