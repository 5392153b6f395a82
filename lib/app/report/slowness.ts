/**
 * Whether clients wait for long, and for whom. Their wait is measured from query to reply, that of an upstream
 * from a query on its connection to the response: what lies between is connecting, asking again, and waiting
 * on this machine.
 */

import type { Finding } from "./finding.ts";
import type { KnownReport, KnownStretch, KnownUpstream } from "./known_report.ts";
import { waitText } from "./span_text.ts";
import { upstreamName } from "./upstream_name.ts";

/** Milliseconds that people notice, where every second query takes them; and where one in ten does. */
const SLOW_MEDIAN = 250;
const SLOW_TENTH = 1000;
/** Of fewer queries than this a percentile says nothing. */
const ENOUGH_QUERIES = 10;
/** An upstream that takes this share of what clients wait is what they wait for. */
const CULPRIT_SHARE = 0.5;
/** Queries on a connection below which connecting is what takes the time. */
const FEW_QUERIES = 2;

/** The slowest upstream that responds, and how long it takes. */
interface Slowest {
  readonly upstream: KnownUpstream;
  readonly time: number;
}

/** The latest stretch in which enough was asked to judge. */
export function tellingStretch({ minute, quarter }: KnownReport): KnownStretch | undefined {
  return [minute, quarter].find((each) => queriesIn(each) >= ENOUGH_QUERIES);
}

/** How many queries came in a stretch. */
function queriesIn(stretch: KnownStretch = {}): number {
  return (stretch.queries ?? 0) * (stretch.seconds ?? 0);
}

/** What clients wait, and who takes how much of it. */
interface Wait {
  /** As the beginning of a sentence. */
  readonly text: string;
  readonly time: number;
  readonly slowest: Slowest | undefined;
}

export function slowness(report: KnownReport): Finding | undefined {
  const { p50 = 0, p90 = 0 } = tellingStretch(report)?.latency ?? {};
  const { upstreams = [] } = report;
  if (p50 >= SLOW_MEDIAN) {
    const slowest = slowestOf(
      upstreams,
      ({ latency, responseTime }) => responseTime ?? latency?.p50,
    );
    const text = `Slow: half of the queries wait ${waitText(p50)} or more`;
    return { grade: "bad", ...blame({ text, time: p50, slowest }, upstreams) };
  }
  if (p90 < SLOW_TENTH) return undefined;
  const slowest = slowestOf(upstreams, ({ latency }) => latency?.p90);
  const text = `Slow at times: one query in ten waits ${waitText(p90)} or more`;
  return { grade: "doubtful", ...blame({ text, time: p90, slowest }, upstreams) };
}

type Blame = Pick<Finding, "text" | "upstream">;

function blame({ slowest, text, time }: Wait, all: readonly KnownUpstream[]): Blame {
  if (slowest === undefined) return { text };
  const { upstream } = slowest;
  const takes = `upstream ${upstreamName(upstream, all)} takes ${waitText(slowest.time)}`;
  if (slowest.time >= time * CULPRIT_SHARE) {
    return { text: `${text}; ${takes}`, upstream: upstream.name };
  }
  const rest = blameForRest(upstream, all);
  return { ...rest, text: `${text}, though ${takes}: ${rest.text}` };
}

/** Who takes the time in which the slowest upstream that responds has nothing to do. */
function blameForRest(upstream: KnownUpstream, all: readonly KnownUpstream[]): Blame {
  const failing = all.find(({ isWorking }) => isWorking === false);
  if (failing !== undefined) {
    return { text: `${upstreamName(failing, all)} is waited for first`, upstream: failing.name };
  }
  const { queriesEach = FEW_QUERIES } = upstream.connections ?? {};
  if (queriesEach >= FEW_QUERIES) return { text: "the rest is lost on this machine" };
  const text = `connecting takes the rest, with ${queriesEach} queries on each connection`;
  return { text, upstream: upstream.name };
}

function slowestOf(
  upstreams: readonly KnownUpstream[],
  timeOf: (upstream: KnownUpstream) => number | undefined,
): Slowest | undefined {
  return upstreams.filter(({ isWorking }) => isWorking !== false)
    .map((upstream) => ({ upstream, time: timeOf(upstream) ?? -1 }))
    .filter(({ time }) => time >= 0)
    .toSorted((one, other) => other.time - one.time).at(0);
}
