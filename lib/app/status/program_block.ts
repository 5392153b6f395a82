/** What there is to say of the program itself. */

import type { KnownReport } from "../report/known_report.ts";
import { spanText } from "../report/span_text.ts";
import { known, labelled, type Line, Rank } from "./line.ts";

const MEGABYTE = 1_000_000;

/** `wall` in milliseconds since 1970. */
export function programBlock(report: KnownReport, wall: number): readonly Line[] {
  const {
    addresses = [],
    awaited = [],
    configAge,
    configFile,
    identity,
    memory = {},
    metrics,
    pid,
    program,
    queryLog = {},
    uptime,
  } = report;
  const config = configFile === null ? "command line only" : configFile;
  const age = known(configAge, (span) => `read ${spanText(span)} ago`);
  return [
    ...labelled("Program", [
      known(program, (version) => `dnsfwd ${version}`),
      known(pid, (id) => `process ${id}`),
    ], Rank.PROGRAM),
    ...labelled("Identity", [identity], Rank.PROGRAM),
    ...labelled("Running", [known(uptime, (span) => runningText(span, wall))], Rank.PROGRAM),
    ...labelled("Memory", [
      known(memory.resident, (octets) => `${megabytes(octets)} resident`),
      known(memory.heapUsed, (octets) => `${megabytes(octets)} heap`),
    ], Rank.PROGRAM),
    ...labelled("Listening", addresses, Rank.PROGRAM),
    ...labelled("Awaiting", awaited, Rank.PROGRAM),
    ...labelled("Metrics", metrics ? [`http://${metrics}/`] : [], Rank.PROGRAM),
    ...labelled("Queries to", queryLogTexts(queryLog), Rank.PROGRAM),
    ...labelled("Config", config === undefined ? [] : [config, age], Rank.PROGRAM),
  ];
}

function queryLogTexts({ dropped, path, written }: NonNullable<KnownReport["queryLog"]>) {
  if (path === undefined) return [];
  return [
    path,
    known(written, (count) => count === 1 ? "1 line" : `${count} lines`),
    known(dropped || undefined, (count) => `${count} left out`),
  ];
}

function runningText(uptime: number, wall: number): string {
  const span = `for ${spanText(uptime)}`;
  const start = new Date(wall - uptime);
  // Too long ago for a date.
  if (Number.isNaN(start.getTime())) return span;
  return `${span}, since ${start.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

function megabytes(octets: number): string {
  return `${(octets / MEGABYTE).toFixed(1)} MB`;
}
