/** The results as Markdown: tables, ratios to the best peer, and what they were measured on. */

import type { Absence } from "./contender.ts";
import type { FirstAnswer } from "./first_answer.ts";
import { BATCH, isForwarder, PLAIN } from "./forwarders.ts";
import type { Machine } from "./machine.ts";
import { LIGHT_RATE, RATES } from "./rounds.ts";
import type { Sample } from "./sample.ts";

export interface Findings {
  /** In the order of the tables. */
  readonly medians: ReadonlyMap<string, Sample>;
  readonly absences: readonly Absence[];
  readonly firstAnswers: readonly FirstAnswer[];
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
}

/** A number by which contenders are compared. */
interface Measure {
  readonly label: string;
  readonly pick: (sample: Sample) => number;
  readonly isBetterHigh: boolean;
}

const MEASURES: readonly Measure[] = [
  { label: "queries/s", pick: (sample) => sample.perSecond, isBetterHigh: true },
  { label: "CPU/query", pick: (sample) => sample.microseconds, isBetterHigh: false },
  { label: "p50", pick: (sample) => sample.p50, isBetterHigh: false },
  { label: "p99", pick: (sample) => sample.p99, isBetterHigh: false },
];

/** dnsperf sends a little less than it is told to; below this share of the rate it is said. */
const SENT_SHARE = 0.98;

export function formatReport(findings: Findings): string {
  const { medians, absences, firstAnswers, rounds, seconds } = findings;
  const absent = absences.map(({ name, reason }) => `- ${name}: ${reason}`);
  return [
    `Forwarding over TLS: medians of ${rounds} rounds, ${seconds} s per run.`,
    saturatedTable(medians),
    ...medians.size === 0 ? [] : [ratioTable(medians)],
    pacedTable(medians),
    startTable(firstAnswers),
    ...absent.length === 0 ? [] : [`Not in the tables:\n\n${absent.join("\n")}`],
    machineLines(findings.machine),
  ].filter((part) => part !== "").join("\n\n") + "\n";
}

function saturatedTable(medians: Findings["medians"]): string {
  const rows = Array.from(medians, ([name, sample]) => [
    name,
    sample.perSecond.toFixed(0),
    sample.microseconds.toFixed(1),
    sample.lost.toFixed(0),
    `${sample.forwarded.toFixed(1)} %`,
    sample.p50.toFixed(2),
    sample.p99.toFixed(2),
    sample.resident.toFixed(0),
  ]);
  const latency = (percent: number) => `p${percent} ms at ${LIGHT_RATE}/s`;
  const head = ["program", "queries/s", "CPU us/query", "lost", "forwarded", latency(50)];
  return table([...head, latency(99), "resident MB"], rows);
}

function ratioTable(medians: Findings["medians"]): string {
  const own = [BATCH, PLAIN].filter((name) => medians.has(name));
  const peers = [...medians].filter(([name]) => !isForwarder(name));
  if (own.length === 0 || peers.length === 0) return "";
  const rows = own.map((name) => [
    `${name} / best peer`,
    ...MEASURES.map((measure) => ratio(medians.get(name), peers, measure)),
  ]);
  return table(["ratio", ...MEASURES.map(({ label }) => label)], rows);
}

function ratio(
  own: Sample | undefined,
  peers: readonly (readonly [string, Sample])[],
  { pick, isBetterHigh }: Measure,
): string {
  const sorted = peers.toSorted(([, a], [, b]) => pick(a) - pick(b));
  const [name, best] = sorted[isBetterHigh ? sorted.length - 1 : 0];
  return own === undefined ? "" : `${(pick(own) / pick(best)).toFixed(2)} (${name})`;
}

function pacedTable(medians: Findings["medians"]): string {
  const head = RATES.flatMap((rate) => [`lost at ${rate}/s`, `CPU us/query at ${rate}/s`]);
  const rows = Array.from(medians, ([name, { paced }]) => [
    name,
    ...paced.flatMap(({ rate, sentPerSecond, lostPercent, microseconds }) => {
      const isShort = sentPerSecond < rate * SENT_SHARE;
      const sent = isShort ? ` (sent ${sentPerSecond.toFixed(0)}/s)` : "";
      return [`${lostPercent.toFixed(2)} %${sent}`, microseconds.toFixed(1)];
    }),
  ]);
  return table(["program", ...head], rows);
}

function startTable(firstAnswers: readonly FirstAnswer[]): string {
  if (firstAnswers.length === 0) return "";
  const rows = firstAnswers.map(({ name, time }) => [name, time?.toFixed(0) ?? "none"]);
  return table(["dnsfwd started as", "ms to the first answer"], rows);
}

function machineLines({ date, processor, cores, kernel, versions }: Machine): string {
  return `${date}; ${processor}, ${cores} cores; ${kernel}; ${versions.join(", ")}.
CPU is user and system time of all threads and processes; resident is measured when saturated, lost is
what has no NOERROR after 2 s. Clients, programs and upstream share the machine: only ratios within one
run mean something. Settings of the programs: scripts/bench/peers.ts.`;
}

/** The first column is text, the others are numbers. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [head, head.map((_, index) => index === 0 ? "---" : "---:"), ...rows].map(line).join("\n");
}
