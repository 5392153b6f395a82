/**
 * Whether all is well, in a sentence; and if not, who is the culprit: an upstream, a limit, or this machine.
 * Made of a report alone, so that all that show one say the same.
 */

import type { Finding, Grade } from "./finding.ts";
import type { KnownReport, KnownTable, KnownUpstream } from "./known_report.ts";
import { countIn, ENOUGH_QUERIES, shareIn, SOME_FAIL } from "./failure_share.ts";
import {
  GRADES,
  type HealthState,
  healthState,
  missingShare,
  missingState,
  worksNowhere,
} from "./health_state.ts";
import { slowness } from "./slowness.ts";
import { shortSpan, waitText } from "./span_text.ts";
import { percent, upstreamFindings } from "./upstream_findings.ts";
import { upstreamName } from "./upstream_name.ts";

/** What is worst, and what else there is, the worse first. */
export interface Verdict extends Finding {
  readonly state: HealthState;
  readonly more: readonly Finding[];
}

/**
 * `problem`: what the program itself finds is wrong with it, in plain words. `isReady`: whether clients may be sent
 * to it, as far as is known.
 */
export function verdictOf(report: KnownReport, problem?: string, isReady = true): Verdict {
  const findings = [
    ...problem === undefined ? [] : [bad(`Failing: ${problem}`)],
    ...upstreamFindings(report.upstreams ?? []),
    ...presentOf(slowness(report)),
    ...presentOf(missing(report)),
    ...(report.tables ?? []).flatMap((each) => presentOf(fullTable(each))),
  ];
  const isOf = (wanted: Grade) => findings.filter(({ grade }) => grade === wanted);
  const [worst = working(report, isReady), ...more] = [...isOf("bad"), ...isOf("doubtful")];
  const state = healthState({ ...report, problem });
  return { ...worst, text: withState(state, worst.text), state, more };
}

/** What is worst begins with the state; what merely needs attention while it works does not. */
function withState(state: HealthState, text: string): string {
  const word = capital(state);
  if (state === "working" || text.startsWith(word)) return text;
  return `${word}: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** The word at the beginning of a sentence. */
export function capital(state: HealthState): string {
  return state.charAt(0).toUpperCase() + state.slice(1);
}

function good(text: string): Finding {
  return { grade: "good", text };
}

function bad(text: string): Finding {
  return { grade: "bad", text };
}

function presentOf<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

/** How many queries get no response, and whose. */
function missing(report: KnownReport): Finding | undefined {
  const { minute, quarter, upstreams = [] } = report;
  if (worksNowhere(upstreams)) return missingNow(report);
  const state = missingState(minute);
  if (state !== "working") {
    const share = `${capital(state)}: ${
      percent(missingShare(minute))
    } of the queries get no response`;
    return ofSoleUpstream({ grade: GRADES[state], text: share }, upstreams);
  }
  // Where little was asked in the last minute, what was before says more.
  if (countIn(minute, minute?.queries) >= ENOUGH_QUERIES) return undefined;
  if (countIn(quarter, quarter?.queries) < ENOUGH_QUERIES) return undefined;
  const share = shareIn(quarter);
  if (share <= SOME_FAIL) return undefined;
  const span = shortSpan((quarter?.seconds ?? 0) * 1000);
  const text = `In the last ${span} ${percent(share)} of the queries got no response`;
  return ofSoleUpstream({ grade: "doubtful", text }, upstreams);
}

/** While no upstream works the last ten seconds tell: a minute still has what was before. */
function missingNow({ series = {} }: KnownReport): Finding | undefined {
  const { failures = [], interval = 0, queries = [] } = series;
  const [failed = 0, asked = 0] = [failures.at(-1), queries.at(-1)];
  const share = asked > 0 ? Math.min(1, failed / asked) : failed > 0 ? 1 : 0;
  if (share === 0) return undefined;
  return bad(`In the last ${interval} s ${percent(share)} of the queries got no response`);
}

/** Whose response is missing is known where there is one upstream. */
function ofSoleUpstream(
  { text, ...finding }: Finding,
  upstreams: readonly KnownUpstream[],
): Finding {
  const [upstream, ...others] = upstreams;
  if (upstream === undefined || others.length > 0) return { ...finding, text };
  const whose = ` of upstream ${upstreamName(upstream, upstreams)}`;
  return { ...finding, text: text + whose, upstream: upstream.name };
}

/** Those kept apart may well be as many as there may be: another takes the place of one that asks nothing. */
function fullTable({ limit = 0, name = "", used = 0 }: KnownTable): Finding | undefined {
  if (limit === 0 || used < limit || name.startsWith("isolated ")) return undefined;
  return bad(`Full: all ${limit} places for ${name} are taken, and others turned away`);
}

function working({ minute, summary }: KnownReport, isReady: boolean): Finding {
  const { latency, queries } = minute ?? {};
  if (queries === undefined) return { grade: "good", text: "Working" };
  if (queries === 0) {
    if (summary?.received !== 0) return good("Working: no queries in the last minute");
    return good(`${isReady ? "Ready" : "Working"}: no queries yet`);
  }
  const rate = `Working: ${queries} queries/s`;
  const median = latency?.p50;
  const text = median === undefined ? rate : `${rate}, half answered within ${waitText(median)}`;
  return { grade: "good", text };
}
