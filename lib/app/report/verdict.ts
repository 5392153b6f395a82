/**
 * Whether all is well, in a sentence; and if not, who is the culprit: an upstream, a limit, or this machine.
 * Made of a report alone, so that whoever shows one says the same.
 */

import type { Finding, Grade } from "./finding.ts";
import type { KnownReport, KnownTable } from "./known_report.ts";
import { failureShare, SOME_FAIL } from "./failure_share.ts";
import { slowness } from "./slowness.ts";
import { waitText } from "./span_text.ts";
import { percent, upstreamFindings } from "./upstream_findings.ts";
import { upstreamName } from "./upstream_name.ts";

/** What is worst, and what else there is, the worse first. */
export interface Verdict extends Finding {
  readonly more: readonly Finding[];
}

/** A share of queries without a response that everybody notices. */
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

function failing(report: KnownReport): Finding | undefined {
  const share = failureShare(report);
  if (share < SOME_FAIL) return undefined;
  const { upstreams = [] } = report;
  const [upstream, ...others] = upstreams;
  const isAlone = upstream !== undefined && others.length === 0;
  const whose = isAlone ? ` of upstream ${upstreamName(upstream, upstreams)}` : "";
  return {
    grade: share < MANY_FAIL ? "doubtful" : "bad",
    text: `Failing: ${percent(share)} of the queries get no response${whose}`,
    ...(isAlone && { upstream: upstream.name }),
  };
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
