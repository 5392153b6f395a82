/**
 * The resolution that answers now, and those that answered before and still owe something.
 *
 *     prepare() --> next --replace()--> current --replace() of another--> retired --owes nothing,--> stopped
 *                                                                                    or too old
 *
 * What was counted stays: counters are those of the whole run.
 */

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import { Sweep } from "../../base/sweep.ts";
import { QuestionCounters } from "../../resolver/question_counters.ts";
import type { IsUnmoved } from "../../resolver/unmoved.ts";
import type { UpstreamCounters } from "../../resolver/upstream/upstream_counters.ts";
import type { UpstreamsContext } from "../prepared_upstreams.ts";
import { UpstreamRecords } from "../report/upstream_records.ts";
import { makeResolution, type Resolution } from "../resolution.ts";
import { type Config, Limit } from "../settings/config.ts";
import { ingredientsOf } from "./ingredients.ts";

/** A resolution that may become the current one. */
export interface Next {
  readonly resolution: Resolution;
  /** What it is made of. */
  readonly ingredients: string;
}

const TICK = 100;
/** Milliseconds until a retired one is stopped whatever it owes: by then each query had its deadline. */
const MAX_AGE = Limit.DEADLINE + 500;

export class Resolutions {
  readonly questionCounters = new QuestionCounters();
  readonly records = new UpstreamRecords();
  readonly #context: Omit<UpstreamsContext, "config">;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #retired = new Map<Resolution, number>();
  readonly #sweep: Sweep;
  #current: Next;
  /** The one that was prepared last, which may be about to become the current one. */
  #offered: Resolution | undefined;

  /** Throws `ConfigError` for a file that is no good. */
  constructor(
    config: Config,
    context: Omit<UpstreamsContext, "config" | "records">,
    log: Logger,
  ) {
    this.#context = { ...context, records: this.records };
    this.#log = log;
    this.#clock = context.clock;
    this.#sweep = new Sweep(this.#clock, TICK, (now) => this.#stopRetired(now));
    this.#current = this.#make(config, ingredientsOf(config));
  }

  get current(): Resolution {
    return this.#current.resolution;
  }

  /**
   * A resolution for `config`, that connects to nothing yet; undefined where the current one is made of the same.
   * To be given to `replace()`, or forgotten. Throws `ConfigError` for a file that is no good.
   */
  prepare(config: Config): Next | undefined {
    const ingredients = ingredientsOf(config);
    if (ingredients === this.#current.ingredients) return undefined;
    const next = this.#make(config, ingredients);
    this.#offered = next.resolution;
    return next;
  }

  /** `next` is the current one from now on; those who ask have to be told. */
  replace(next: Next): void {
    this.#retired.set(this.current, this.#clock.now() + MAX_AGE);
    this.#current = next;
    this.#sweep.wake();
  }

  /** Those of all upstreams there were, added up. */
  upstreamCounters(): UpstreamCounters {
    return this.records.total();
  }

  /** To be called every second or so. */
  look(): void {
    for (const each of this.#all) each.look();
  }

  /** The network is not what it was. */
  renew(isUnmoved?: IsUnmoved): boolean {
    return this.#all.map((each) => each.renew(isUnmoved)).includes(true);
  }

  /** Ends everything: what is pending fails. */
  stop(): void {
    this.#sweep.stop();
    for (const each of this.#all) each.stop();
  }

  get #all(): Resolution[] {
    return [this.current, ...this.#retired.keys()];
  }

  #make(config: Config, ingredients: string): Next {
    const context = { ...this.#context, config };
    return {
      resolution: makeResolution(context, this.#log, this.questionCounters),
      ingredients,
    };
  }

  #stopRetired(now: number): boolean {
    for (const [each, end] of this.#retired) {
      if (each.isBusy && now < end) continue;
      this.#retired.delete(each);
      each.stop();
    }
    const inUse = [...this.#all, this.#offered ?? []].flat().flatMap(({ upstreams }) =>
      upstreams.map(({ name }) => name)
    );
    this.records.keep(inUse);
    return this.#retired.size > 0;
  }
}
