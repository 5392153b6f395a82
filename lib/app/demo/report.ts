/** The report of the demo: numbers in, text out. ASCII, at most 80 columns. */

/** How things stood when the upstream connection was cut. */
export interface CutFacts {
  readonly afterAnswers: number;
  /** Queries that the embedded upstream had and did not answer. */
  readonly unanswered: number;
  /** Connections counted until then. */
  readonly connections: number;
}

/** What the demo measured; times in milliseconds. */
export interface DemoFacts {
  readonly clients: number;
  readonly udpQueries: number;
  readonly tcpQueries: number;
  /** How long each answered query took, in any order. */
  readonly latencies: readonly number[];
  /** How long the queries took altogether. */
  readonly duration: number;
  /** As the embedded upstream counted, up to the last answer. */
  readonly connections: number;
  readonly handshakes: number;
  /** As the forwarder counted. */
  readonly resent: number;
  /** Undefined if there were too few answers for it to come. */
  readonly cut?: CutFacts;
  /** How long the embedded upstream takes for a response. */
  readonly responseDelay: { readonly minimum: number; readonly maximum: number };
  /** Connection and handshake, once for each exchange on a connection of its own. */
  readonly handshakeTimes: readonly number[];
}

const LABEL_WIDTH = 20;
const NETWORK_ROUND_TRIP = 20;
const ROUND_TRIPS_TO_CONNECT = 2;

/** The whole report, without a line end after the last line. */
export function demoReport(facts: DemoFacts): string {
  return [
    "What happened",
    ...happened(facts),
    "",
    "With a connection for every query it would have been",
    ...comparison(facts),
  ].join("\n");
}

/** True if every query was answered. */
export function isComplete(facts: DemoFacts): boolean {
  return facts.latencies.length === facts.udpQueries + facts.tcpQueries;
}

/** One line of a section; lines that go on have no label. */
export function reportLine(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

/** The smallest of `values` that at least the share `portion` of them does not exceed; NaN of none. */
export function percentile(values: readonly number[], portion: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(portion * sorted.length) - 1)] ?? NaN;
}

function happened(facts: DemoFacts): string[] {
  const { clients, udpQueries, tcpQueries } = facts;
  const queries = udpQueries + tcpQueries;
  return [
    reportLine("queries", `${queries} from ${clients} clients in ${duration(facts.duration)}`),
    reportLine("", `${udpQueries} over UDP, ${tcpQueries} over TCP`),
    reportLine("answers", answers(queries, facts.latencies.length)),
    reportLine("upstream", upstream(facts)),
    ...cutLines(facts),
    reportLine("sent again", sentAgain(facts)),
    ...latency(facts),
  ];
}

function answers(queries: number, answered: number): string {
  if (answered === queries) return `${answered}: every query was answered`;
  return `${answered}: ${plural(queries - answered, "query", "queries")} NOT ANSWERED`;
}

function upstream({ connections, handshakes, cut }: DemoFacts): string {
  const counted = `${plural(connections, "connection")}, ${plural(handshakes, "handshake")}`;
  if (cut === undefined) return counted;
  return `${counted}: ${cut.connections} before the cut, ${connections - cut.connections} after`;
}

function cutLines({ cut }: DemoFacts): string[] {
  if (cut === undefined) return [reportLine("cut", "never: there were too few answers")];
  return [
    reportLine("cut", `after ${plural(cut.afterAnswers, "answer")}, without a word`),
    reportLine("", `${plural(cut.unanswered, "query", "queries")} had no response yet`),
  ];
}

/** The upstream cannot count what had not reached it, or what was lost behind it, at the cut. */
function sentAgain({ resent, cut }: DemoFacts): string {
  const counted = plural(resent, "query", "queries");
  const isMore = cut !== undefined && resent > cut.unanswered;
  return isMore ? `${counted}: those, and what was on its way` : counted;
}

function latency({ latencies, responseDelay }: DemoFacts): string[] {
  if (latencies.length === 0) return [];
  const [p50, p99, max] = [0.5, 0.99, 1].map((portion) => percentile(latencies, portion));
  const { minimum, maximum } = responseDelay;
  return [
    reportLine("latency", `p50 ${duration(p50)}, p99 ${duration(p99)}, max ${duration(max)}`),
    reportLine("", `(of which the embedded upstream takes ${minimum} to ${maximum} ms)`),
  ];
}

function comparison(facts: DemoFacts): string[] {
  const queries = facts.udpQueries + facts.tcpQueries;
  const { handshakes, handshakeTimes } = facts;
  const median = percentile(handshakeTimes, 0.5);
  const samples = plural(handshakeTimes.length, "connection");
  const [all, few] = [queries, handshakes].map((count) => duration(count * median));
  const trips = ROUND_TRIPS_TO_CONNECT * NETWORK_ROUND_TRIP;
  return [
    reportLine("handshakes", `${queries} instead of ${handshakes}`),
    reportLine("one handshake", `${duration(median)}: median of ${samples} made just now`),
    reportLine("all of them", `${all} instead of ${few} (no distance on loopback)`),
    reportLine("over a network", `${ROUND_TRIPS_TO_CONNECT} round trips more for every query:`),
    reportLine("", `at ${NETWORK_ROUND_TRIP} ms each, ${duration(trips)} before it can be sent`),
    reportLine("", "(calculated; the rest was measured here)"),
  ];
}

function duration(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
