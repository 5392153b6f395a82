/** What clients ask, how long they wait, and what they get. */

import type { Counts } from "../report/counts.ts";
import type { KnownReport, KnownStretch } from "../report/known_report.ts";
import { shortSpan } from "../report/span_text.ts";
import { countsParts } from "./counts_text.ts";
import { counted, known, LABEL_WIDTH, labelled, type Line, Rank } from "./line.ts";
import { sparkline, type SparklineStyle } from "./sparkline.ts";

/** How it is drawn. */
export interface Drawing {
  /** Columns. */
  readonly width: number;
  readonly isUnicode: boolean;
}

/** Columns of a number, and those beside a curve. */
const COLUMN_WIDTH = 11;
const CURVE_MARGIN = 38;
const MOST_BARS = 60;

export function clientBlock(report: KnownReport, drawing: Drawing): readonly Line[] {
  const { clientConnections = {}, drops, rcodes, summary = {}, tables = [] } = report;
  return [
    ...rateLines(report),
    ...curveLines(report, drawing),
    ...labelled("  total", totalParts(summary), Rank.ANSWERS),
    ...labelled("  answers", countsParts(rcodes), Rank.ANSWERS),
    ...labelled("  dropped", dropParts(drops), Rank.ANSWERS),
    ...labelled("  over TCP", [
      known(clientConnections.accepted, (count) => `${counted(count, "connection")} accepted`),
      known(clientConnections.refused, (count) => `${count} refused`),
      known(clientConnections.unread, (count) => `${count} unread`),
    ], Rank.DETAILS),
    ...labelled(
      "Tables",
      tables.map(({ limit, name, used }) => `${name} ${used} of ${limit}`),
      Rank.DETAILS,
    ),
  ];
}

function dropParts(drops: Counts | undefined): readonly string[] {
  if (drops === undefined) return [];
  const parts = countsParts(drops);
  return parts.length > 0 ? parts : ["nothing"];
}

function totalParts(summary: NonNullable<KnownReport["summary"]>): readonly (string | undefined)[] {
  const { answered, failed, failedAgain = 0, joined, received } = summary;
  return [
    known(received, (count) => `${count} received`),
    known(answered, (count) => `${count} answered`),
    known(failed, (count) => `${count + failedAgain} of them without a response`),
    known(joined, (count) => `${count} asked together with others`),
  ];
}

/** The latest minute, and the latest quarter of an hour once that is longer. */
function rateLines({ minute, quarter }: KnownReport): readonly Line[] {
  const isLonger = (quarter?.seconds ?? 0) > (minute?.seconds ?? 0);
  const rows = [minute, isLonger ? quarter : undefined].flatMap((each) => each ? row(each) : []);
  const head = ["queries/s", "failed/s", "p50 ms", "p90 ms", "p99 ms", "max ms"];
  return rows.length === 0 ? [] : [columns("Clients", head), ...rows];
}

function row({ failures, latency = {}, queries, seconds = 0 }: KnownStretch): Line {
  const { max, p50, p90, p99 } = latency;
  const cells = [queries, failures, p50, p90, p99, max].map((each) => `${each ?? "-"}`);
  return columns(`  ${shortSpan(seconds * 1000)}`, cells);
}

function columns(label: string, cells: readonly string[]): Line {
  const text = label.padEnd(LABEL_WIDTH - 1) +
    cells.map((each) => each.padStart(COLUMN_WIDTH)).join("");
  return { text, rank: Rank.RATES };
}

function curveLines({ series = {} }: KnownReport, drawing: Drawing): readonly Line[] {
  const { interval = 0, p99 = [], queries = [] } = series;
  const texts = (unit: string) => (highest: number, count: number) =>
    `up to ${highest}${unit} in ${shortSpan(count * interval * 1000)}`;
  return [
    ...curve("  queries", queries, texts("/s"), { ...drawing, merge: "mean" }),
    ...curve("  p99", p99, texts(" ms"), { ...drawing, merge: "max" }),
  ];
}

/** One value is no curve. `textOf` says how high it is, of how many values. */
function curve(
  label: string,
  values: readonly (number | null)[],
  textOf: (highest: number, count: number) => string,
  style: SparklineStyle,
): readonly Line[] {
  if (values.length < 2) return [];
  const width = Math.min(MOST_BARS, Math.max(1, style.width - CURVE_MARGIN));
  const highest = Math.max(0, ...values.map((value) => value ?? 0));
  const bars = sparkline(values, { ...style, width });
  return labelled(label, [`${bars} ${textOf(highest, values.length)}`], Rank.CURVES);
}
