/**
 * Whether all is well, in a sentence; and if not, who is the culprit: an upstream, a limit, or this machine.
 * Made of a report alone, so that whoever shows one says the same.
 */

import type { Finding, Grade } from "./finding.ts";
import type { KnownReport, KnownTable } from "./known_report.ts";
import { slowness, tellingStretch } from "./slowness.ts";
import { waitText } from "./span_text.ts";
import { percent, upstreamFindings } from "./upstream_findings.ts";

/** What is worst, and what else there is, the worse first. */
export interface Verdict extends Finding {
  readonly more: readonly Finding[];
}

/** Shares of queries without a response that somebody, and everybody notices. */
const SOME_FAIL = 0.05;
const MANY_FAIL = 0.25;

/** `problem`: what the program itself finds is wrong with it, in plain words. */
export function verdictOf(report: KnownReport, problem?: string): Verdict {
  const findings = [
    ...problem === undefined ? [] : [bad(`Not working: ${problem}`)],
    ...upstreamFindings(report.upstreams ?? []),
    ...presentOf(slowness(report)),
    ...presentOf(failing(report)),
    ...(report.tables ?? []).flatMap((each) => presentOf(fullTable(each))),
  ];
  const isOf = (wanted: Grade) => findings.filter(({ grade }) => grade === wanted);
  const [worst = working(report), ...more] = [...isOf("bad"), ...isOf("doubtful")];
  return { ...worst, more };
}

function bad(text: string): Finding {
  return { grade: "bad", text };
}

function presentOf<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

/** Of the queries that clients ask now, as many as tell something. */
function failing(report: KnownReport): Finding | undefined {
  const { failures = 0, queries = 0 } = tellingStretch(report) ?? {};
  const share = queries > 0 ? Math.min(1, failures / queries) : 0;
  if (share < SOME_FAIL) return undefined;
  const text = `Failing: ${percent(share)} of the queries get no response`;
  return { grade: share < MANY_FAIL ? "doubtful" : "bad", text };
}

/** Those kept apart may well be as many as there may be: another takes the place of one that asks nothing. */
function fullTable({ limit = 0, name = "", used = 0 }: KnownTable): Finding | undefined {
  if (limit === 0 || used < limit || name.startsWith("isolated ")) return undefined;
  return bad(`Full: all ${limit} places for ${name} are taken, and others turned away`);
}

function working({ minute, summary }: KnownReport): Finding {
  const { latency, queries } = minute ?? {};
  if (queries === undefined) return { grade: "good", text: "Working" };
  if (queries === 0) {
    const hasServed = summary?.received !== 0;
    const text = hasServed ? "Working: no queries in the last minute" : "Ready: no queries yet";
    return { grade: "good", text };
  }
  const rate = `Working: ${queries} queries/s`;
  const median = latency?.p50;
  const text = median === undefined ? rate : `${rate}, half answered within ${waitText(median)}`;
  return { grade: "good", text };
}
