/**
 * The health of a running forwarder as others are told it: its state, whether it is alive, and whether it is
 * ready for clients.
 *
 *     starting --serve()--> ready <--a reason comes or goes, each holds for HOLD--> not ready
 *                             '------------------- drain() ------------------> draining, for good
 *
 * However often it is asked, things are looked into once in FRESH.
 */

import type { Clock, Timer } from "../base/clock.ts";
import {
  type HealthFacts,
  type HealthState,
  healthState,
  worksNowhere,
} from "./report/health_state.ts";
import type { HealthSettings } from "./settings/health_settings.ts";

export interface HealthWatchOptions {
  readonly clock: Clock;
  /** Upstreams and queries as they are now; cheap. */
  readonly facts: () => HealthFacts;
  /** What the self-check last found wrong, if anything. */
  readonly problem: () => string | undefined;
  readonly settings: () => HealthSettings;
  /** What must be there before clients come, such as listeners: each says what is missing, if anything. */
  readonly needs: readonly (() => string | undefined)[];
  /** Asks the upstreams the way a client's query goes; resolves to whether one responded. */
  readonly probe: () => Promise<boolean>;
  /** Told of each other state, and of each change of what keeps it from being ready. */
  readonly onState?: (state: HealthState) => void;
  readonly onReadiness?: (notReady: readonly string[]) => void;
}

/** Milliseconds for which what was found out is not looked into again. */
const FRESH = 100;
/** Milliseconds for which a change of readiness holds at least. */
const HOLD = 10_000;
/** Milliseconds without a working upstream after which it is not ready, with `readiness` "upstream". */
const OUTAGE = 15_000;
/** Milliseconds from one look, and from one question to upstreams that nobody else asks, to the next. */
const LOOK = 1000;
const PROBE = 5000;
/** Milliseconds since the latest response after which nobody knows whether upstreams still work. */
const UNASKED = 10_000;
/** Milliseconds between questions to an upstream that is down, whatever readiness follows. */
const RETRY = 30_000;

const STARTING = ["Starting"];
const NO_ANSWER_YET = "No upstream has answered yet";

interface Found {
  readonly at: number;
  readonly state: HealthState;
}

export class HealthWatch {
  readonly #options: HealthWatchOptions;
  #found: Found | undefined;
  #timer: Timer | undefined;
  #told: HealthState | undefined;
  #notReady: readonly string[] = STARTING;
  /** When that last changed between ready and not; before the start it may change at any time. */
  #changed = -Infinity;
  #isServing = false;
  /** When it ends, once it drains. */
  #end: number | undefined;
  #outageSince = -1;
  /** Since when one of the upstreams does not work, or -1. */
  #downSince = -1;
  #hasAnswered = false;
  #probed = -Infinity;

  constructor(options: HealthWatchOptions) {
    this.#options = options;
  }

  /** How it is. */
  get state(): HealthState {
    return this.#look().state;
  }

  /** What the self-check found wrong; undefined: it is alive. */
  get problem(): string | undefined {
    return this.#options.problem();
  }

  /** Why it is not ready for clients, a sentence for each reason; empty: it is. */
  get notReady(): readonly string[] {
    this.#look();
    return this.#notReady;
  }

  /** Listeners are open and served: from now on it may be ready. Looks each second until `stop()`. */
  serve(): void {
    this.#isServing = true;
    this.#found = undefined;
    this.#tick();
  }

  /** It ends in `duration` milliseconds, and is not ready from now on. */
  drain(duration: number): void {
    this.#end = this.#options.clock.now() + duration;
    this.#found = undefined;
    this.#look();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tick(): void {
    const { state } = this.#look();
    if (state !== this.#told) {
      this.#told = state;
      this.#options.onState?.(state);
    }
    this.#timer = this.#options.clock.after(LOOK, () => this.#tick());
  }

  #look(): Found {
    const { clock, facts, problem } = this.#options;
    const now = clock.now();
    if (this.#found !== undefined && now - this.#found.at < FRESH) return this.#found;
    const health = facts();
    this.#follow(health, now);
    this.#found = { at: now, state: healthState({ ...health, problem: problem() }) };
    this.#decide(now);
    return this.#found;
  }

  /** Knows since when no upstream works, and whether one has ever answered. */
  #follow({ upstreams = [] }: HealthFacts, now: number): void {
    const isOut = worksNowhere(upstreams);
    this.#outageSince = sinceWhen(isOut, this.#outageSince, now);
    const isAnyDown = upstreams.some(({ isWorking }) => isWorking === false);
    this.#downSince = sinceWhen(isAnyDown, this.#downSince, now);
    const latest = Math.min(...upstreams.map(({ lastResponse = Infinity }) => lastResponse));
    if (latest < Infinity) this.#hasAnswered = true;
    if (!this.#isServing) return;
    const isUnknown = isOut || !this.#hasAnswered || latest > UNASKED;
    if (this.#options.settings().readiness === "upstream" && isUnknown) this.#probe(now, PROBE);
    if (isAnyDown && now - this.#downSince >= RETRY) this.#probe(now, RETRY);
  }

  /**
   * Asks, `gap` milliseconds after the last time at the earliest. Clients that were sent elsewhere, or that sleep,
   * ask nothing, so that nobody else would see an upstream come back.
   */
  #probe(now: number, gap: number): void {
    if (now - this.#probed < gap) return;
    this.#probed = now;
    this.#options.probe().then((isAnswered) => {
      if (isAnswered) this.#hasAnswered = true;
    });
  }

  #decide(now: number): void {
    const reasons = this.#reasons(now);
    const isOther = (reasons.length === 0) !== (this.#notReady.length === 0);
    const isForced = this.#end !== undefined || this.#changed === -Infinity;
    if (isOther && !isForced && now - this.#changed < HOLD) return;
    if (isOther) this.#changed = now;
    const isNews = reasons.join("\n") !== this.#notReady.join("\n");
    this.#notReady = reasons;
    if (isNews) this.#options.onReadiness?.(reasons);
  }

  #reasons(now: number): readonly string[] {
    const { needs, settings } = this.#options;
    if (this.#end !== undefined) {
      const left = Math.max(0, Math.ceil((this.#end - now) / 1000));
      return [`Draining: ends in ${left} s`];
    }
    if (!this.#isServing) return STARTING;
    const missing = needs.map((need) => need()).filter((each) => each !== undefined);
    if (settings().readiness !== "upstream") return missing;
    return [...missing, ...this.#upstreamReasons(now)];
  }

  #upstreamReasons(now: number): readonly string[] {
    if (!this.#hasAnswered) return [NO_ANSWER_YET];
    const isOut = this.#outageSince >= 0 && now - this.#outageSince > OUTAGE;
    const seconds = Math.floor((now - this.#outageSince) / 1000);
    return isOut ? [`No upstream has worked for ${seconds} s`] : [];
  }
}

/** Since when something is so, in milliseconds of the clock; -1: it is not. */
function sinceWhen(isSo: boolean, before: number, now: number): number {
  if (!isSo) return -1;
  return before < 0 ? now : before;
}
