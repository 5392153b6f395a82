/**
 * Whether clients wait for long, and for whom. Their wait is measured from query to reply, that of an upstream
 * from a query on its connection to the response: what lies between is connecting, asking again, and waiting
 * on this machine.
 */

import type { Finding } from "./finding.ts";
import { failureShare, SOME_FAIL, tellingStretch } from "./failure_share.ts";
import type { KnownReport, KnownUpstream } from "./known_report.ts";
import { waitText } from "./span_text.ts";
import { upstreamName } from "./upstream_name.ts";

/** Milliseconds that people notice, where every second query takes them; and where one in ten does. */
const SLOW_MEDIAN = 250;
const SLOW_TENTH = 1000;
/** An upstream that takes this share of what clients wait is what they wait for. */
const CULPRIT_SHARE = 0.5;
/** Queries on a connection below which connecting is what takes the time. */
const FEW_QUERIES = 2;

/** The slowest upstream that responds, and how long it takes. */
interface Slowest {
  readonly upstream: KnownUpstream;
  readonly time: number;
}

/** What clients wait, and who takes how much of it. */
interface Wait {
  /** The share of queries that wait for a response that does not come. */
  readonly inVain: number;
  /** As the beginning of a sentence. */
  readonly text: string;
  readonly time: number;
  readonly slowest: Slowest | undefined;
}

/** Undefined too where those that wait are those that fail: that is said of them already. */
export function slowness(report: KnownReport): Finding | undefined {
  const { p50 = 0, p90 = 0 } = tellingStretch(report)?.latency ?? {};
  const { upstreams = [] } = report;
  const inVain = failureShare(report);
  if (p50 >= SLOW_MEDIAN) {
    if (inVain >= 0.5) return undefined;
    const slowest = slowestOf(
      upstreams,
      ({ latency, responseTime }) => responseTime ?? latency?.p50,
    );
    const text = `Slow: half of the queries wait ${waitText(p50)} or more`;
    return { grade: "bad", ...blame({ text, time: p50, slowest, inVain }, upstreams) };
  }
  if (p90 < SLOW_TENTH || inVain >= 0.1) return undefined;
  const slowest = slowestOf(upstreams, ({ latency }) => latency?.p90);
  const text = `Slow at times: one query in ten waits ${waitText(p90)} or more`;
  return { grade: "doubtful", ...blame({ text, time: p90, slowest, inVain }, upstreams) };
}

type Blame = Pick<Finding, "text" | "upstream">;

function blame({ inVain, slowest, text, time }: Wait, all: readonly KnownUpstream[]): Blame {
  if (slowest === undefined) return { text };
  const { upstream } = slowest;
  const takes = `upstream ${upstreamName(upstream, all)} takes ${waitText(slowest.time)}`;
  if (slowest.time >= time * CULPRIT_SHARE) {
    return { text: `${text}; ${takes}`, upstream: upstream.name };
  }
  const rest = blameForRest(upstream, all, inVain);
  return { ...rest, text: `${text}, though ${takes}: ${rest.text}` };
}

/** Who takes the time in which the slowest upstream that responds has nothing to do. */
function blameForRest(
  upstream: KnownUpstream,
  all: readonly KnownUpstream[],
  inVain: number,
): Blame {
  const failing = all.find(({ isWorking }) => isWorking === false);
  if (failing !== undefined) {
    return { text: `${upstreamName(failing, all)} is waited for first`, upstream: failing.name };
  }
  if (inVain >= SOME_FAIL) return { text: "the rest waits for responses that do not come" };
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
