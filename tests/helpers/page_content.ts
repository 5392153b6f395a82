/** What a page might show. */

import type { PageContent } from "../../lib/app/web/page/page.ts";
import { verdictOf } from "../../lib/app/report/verdict.ts";
import type { Report } from "../../lib/app/report/report.ts";
import { REPORT } from "./report.ts";

const NOW = Date.UTC(2026, 10, 24, 2, 3, 12);
const SAMPLES = 90;

/** Shows a report that differs from the sample in some of its parts. */
export function pageContent(differences: Partial<Report> = {}): PageContent {
  const report = { ...REPORT, ...differences };
  const events = [
    { time: NOW - 130_000, level: "warning", text: "Cannot connect: connection refused" },
    { time: NOW - 7_200_000, level: "info", text: "Listening on 127.0.0.1:53 (UDP and TCP)" },
  ];
  return { report, verdict: verdictOf(report), events, now: NOW };
}

/** A whole quarter of an hour, with failures and without any reply for a while. */
export function busySeries(): Report["series"] {
  const values = (of: (at: number) => number) => Array.from({ length: SAMPLES }, (_, at) => of(at));
  const wave = (at: number) =>
    Math.round(250 + 150 * Math.sin(at / 9) + 80 * Math.sin(at * 1.7)) / 10;
  const silent = (time: number, at: number) => at === 20 ? null : time;
  return {
    interval: 10,
    queries: values(wave),
    failures: values((at) => at > 60 && at < 66 ? 0.7 : 0),
    p50: values((at) => Math.round(100 + wave(at)) / 10).map(silent),
    p99: values((at) => at % 23 === 0 ? 1850 : Math.round(80 + wave(at))).map(silent),
  };
}
