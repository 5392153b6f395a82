/** What there is to say of an upstream. */

import type { Clock } from "../../base/clock.ts";
import { rcodeName } from "../../dns/rcode_name.ts";
import {
  STATE_WORDS,
  type StateWord,
  type UpstreamState,
} from "../../resolver/upstream/upstream_state.ts";
import type { Prepared } from "../prepared_upstreams.ts";
import { Limit } from "../settings/config.ts";
import { type Counts, existing } from "./counts.ts";
import type { UpstreamHealth } from "./health_state.ts";
import { type Percentiles, percentilesOf, rounded } from "./latency_history.ts";
import { STRETCHES, type UpstreamRecord } from "./upstream_records.ts";

const DAY = 86_400_000;

/** As plain data; times in milliseconds, counts since the start. */
export interface UpstreamReport {
  /** Its URI, as in the log. */
  readonly name: string;
  /** Where clients are kept apart, the worst that one of them has. */
  readonly state: StateWord;
  /** Whether queries can get a response of it as far as is known. */
  readonly isWorking: boolean;
  /**
   * Of one that does not work for all, where clients are kept apart: whether it has responded to some since it
   * began to fail for the last that it fails for.
   */
  readonly worksForSome?: boolean;
  /** Why not. */
  readonly cause?: string;
  /** For how long it has been working, or not; undefined before the first connection. */
  readonly since?: number;
  /** Attempts and connections that failed since it began to fail. */
  readonly failures: number;
  /** From a query to its response, smoothed (RFC 6298, 2); undefined before the first. */
  readonly responseTime?: number;
  /** In the last quarter of an hour; undefined without a response. */
  readonly latency?: Percentiles;
  /** Since the latest response. */
  readonly lastResponse?: number;
  readonly connections: {
    readonly open: number;
    readonly opened: number;
    readonly handshakes: number;
    readonly resumptions: number;
    readonly failedAttempts: number;
    readonly endedByUs: number;
    readonly endedByUpstream: number;
    readonly broken: number;
    /** A mean; undefined before the first. */
    readonly queriesEach?: number;
    /** Most queries in flight at a time on one. */
    readonly deepest: number;
    /** How long one may be idle, by what was learned. */
    readonly idleLimit: number;
  };
  readonly queries: {
    readonly sent: number;
    readonly resent: number;
    readonly answered: number;
    readonly failed: number;
    /** Without an outcome, those in flight among them; and how many there may be. */
    readonly pending: number;
    readonly inFlight: number;
    readonly limit: number;
  };
  /** Responses that were ignored: to queries given up, to no query, to another question. */
  readonly ignored: {
    readonly late: number;
    readonly unknown: number;
    readonly mismatched: number;
  };
  readonly rcodes: Counts;
  /** Until its certificate ends; undefined where that is not known, or not yet (`certificate_look.ts`). */
  readonly certificateDays?: number;
}

/** `wall` tells milliseconds since 1970. */
export function upstreamReport(
  { live, name, peers }: Prepared,
  { counters, latency }: UpstreamRecord,
  clock: Clock,
  wall: () => number = Date.now,
): UpstreamReport {
  const now = clock.now();
  const states = [...live].map((each) => each.state(now));
  const worst = worstOf(states);
  const { certificateEnd } = peers;
  const isWorking = !isFailing(worst?.word);
  const sum = (of: (state: UpstreamState) => number) =>
    states.reduce((total, state) => total + of(state), 0);
  return {
    name,
    state: wordOf(worst, counters.connections),
    isWorking,
    ...(!isWorking && worksForSome(states, counters.lastResponse) && { worksForSome: true }),
    cause: isWorking ? undefined : worst?.cause || "it does not answer",
    since: worst === undefined || worst.since < 0 ? undefined : Math.round(now - worst.since),
    failures: worst?.failures ?? 0,
    responseTime: smoothedOf([...live].map(({ responseTime }) => responseTime)),
    latency: percentilesOf(latency.latest(STRETCHES)),
    lastResponse: counters.lastResponse < 0 ? undefined : Math.round(now - counters.lastResponse),
    connections: {
      open: sum(({ connections }) => connections),
      opened: counters.connections,
      handshakes: counters.handshakes,
      resumptions: counters.resumptions,
      failedAttempts: counters.failedAttempts,
      endedByUs: counters.endedByUs,
      endedByUpstream: counters.endedByUpstream,
      broken: counters.broken,
      queriesEach: counters.connections === 0
        ? undefined
        : rounded(counters.sent / counters.connections),
      deepest: counters.deepest,
      idleLimit: Math.round(worst?.idleLimit ?? Limit.UPSTREAM_IDLE),
    },
    queries: {
      sent: counters.sent,
      resent: counters.resent,
      answered: counters.answered,
      failed: counters.failed,
      pending: sum(({ pending }) => pending),
      inFlight: sum(({ inFlight }) => inFlight),
      limit: Limit.IN_FLIGHT,
    },
    ignored: {
      late: counters.late,
      unknown: counters.unknown,
      mismatched: counters.mismatched,
    },
    rcodes: existing(Object.fromEntries(
      Array.from(counters.rcodes, (count, rcode) => [rcodeName(rcode), count]),
    )),
    certificateDays: certificateEnd === undefined
      ? undefined
      : Math.floor((certificateEnd - wall()) / DAY),
  };
}

/** One that is kept by a reload begins again, but has been asked before. */
function wordOf(worst: UpstreamState | undefined, connections: number): StateWord {
  const word = worst?.word ?? "unused";
  return word === "unused" && connections > 0 ? "idle" : word;
}

function isFailing(word: StateWord | undefined): boolean {
  return word === "silent" || word === "failing" || word === "down";
}

/** How it is, and nothing else of it: cheap enough for every second. `now` in milliseconds of the clock. */
export function upstreamHealth(
  { live }: Pick<Prepared, "live">,
  { counters }: Pick<UpstreamRecord, "counters">,
  now: number,
): UpstreamHealth {
  const states = [...live].map((each) => each.state(now));
  const isWorking = !states.some(({ word }) => isFailing(word));
  const { lastResponse } = counters;
  return {
    isWorking,
    worksForSome: !isWorking && worksForSome(states, lastResponse),
    ...(lastResponse >= 0 && { lastResponse: now - lastResponse }),
  };
}

/** Whether a response came to one client since it began to fail for another; `lastResponse` is -1 without any. */
function worksForSome(states: readonly UpstreamState[], lastResponse: number): boolean {
  const failing = states.filter(({ word }) => isFailing(word));
  if (failing.length === states.length) return false;
  return lastResponse > Math.max(...failing.map(({ since }) => since));
}

/** That which is worth telling: of failures the worst, else whatever is most in use. */
function worstOf(states: readonly UpstreamState[]): UpstreamState | undefined {
  const rank = ({ word }: UpstreamState) => word === "connected" ? 3.5 : STATE_WORDS.indexOf(word);
  return states.toSorted((one, other) => rank(other) - rank(one)).at(0);
}

/** The longest of those that are known. */
function smoothedOf(times: readonly number[]): number | undefined {
  const longest = Math.max(-1, ...times);
  return longest < 0 ? undefined : rounded(longest);
}
