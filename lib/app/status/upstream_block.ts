/** What there is to say of an upstream: who it is, how it is, how long it takes, what it has done. */

import type { KnownUpstream } from "../report/known_report.ts";
import { shortSpan, spanText, waitText } from "../report/span_text.ts";
import { daysText } from "../report/upstream_findings.ts";
import { countsParts } from "./counts_text.ts";
import { counted, known, labelled, type Line, Rank } from "./line.ts";

/** Of one that was never asked, only that. */
export function upstreamBlock(upstream: KnownUpstream): readonly Line[] {
  const head = [
    ...labelled("Upstream", [upstream.name], Rank.UPSTREAM),
    ...stateLines(upstream),
  ];
  if (upstream.state === "unused") return head;
  return [
    ...head,
    ...timeLines(upstream),
    ...queryLines(upstream),
    ...connectionLines(upstream),
    ...labelled("  answers", countsParts(upstream.rcodes), Rank.DETAILS),
    ...ignoredLines(upstream),
    ...labelled("  cert", [known(upstream.certificateDays, certificateText)], Rank.DETAILS),
  ];
}

function stateLines({ cause, failures = 0, isWorking, lastResponse, since, state }: KnownUpstream) {
  const isBad = isWorking === false;
  const span = known(since, (length) => `for ${spanText(length)}`);
  const spanned = isBad && state && span ? `${state} ${span}` : state;
  const lines = labelled("  state", [
    spanned,
    isBad || span === undefined ? undefined : workingText(span, lastResponse),
    cause,
    failures > 0 ? counted(failures, "failure") : undefined,
    known(lastResponse, (span) => `last response ${agoText(span)}`),
  ], Rank.UPSTREAM);
  return isBad ? lines.map((line) => ({ ...line, grade: "bad" as const })) : lines;
}

/** Not for how long it is connected: connections come and go. */
function workingText(span: string, lastResponse: number | undefined): string {
  return lastResponse === undefined ? "no response yet" : `works ${span}`;
}

function agoText(span: number): string {
  return span < 1000 ? "just now" : `${shortSpan(span)} ago`;
}

function timeLines({ latency = {}, responseTime }: KnownUpstream): readonly Line[] {
  const { max, p50, p90, p99 } = latency;
  return labelled("  takes", [
    known(responseTime, (time) => `${waitText(time)} (smoothed)`),
    known(p50, (time) => `p50 ${waitText(time)}`),
    known(p90, (time) => `p90 ${waitText(time)}`),
    known(p99, (time) => `p99 ${waitText(time)}`),
    known(max, (time) => `max ${waitText(time)}`),
  ], Rank.RATES);
}

function queryLines({ queries = {} }: KnownUpstream): readonly Line[] {
  const { failed, limit, pending, resent, sent } = queries;
  return labelled("  queries", [
    known(sent, (count) => `${count} sent`),
    known(resent, (count) => `${count} resent`),
    known(failed, (count) => `${count} failed`),
    known(pending, (count) => `${count}${limit === undefined ? "" : ` of ${limit}`} waiting`),
  ], Rank.ANSWERS);
}

function connectionLines({ connections = {} }: KnownUpstream): readonly Line[] {
  const { broken, deepest, endedByUpstream, endedByUs, failedAttempts, handshakes } = connections;
  const opened = labelled("  opened", [
    known(connections.opened, (count) => counted(count, "connection")),
    known(connections.open, (count) => `${count} open now`),
    known(handshakes, (count) => counted(count, "handshake")),
    known(connections.resumptions, (count) => `${count} resumed`),
    known(failedAttempts, (count) => `${counted(count, "attempt")} failed`),
    known(connections.queriesEach, (count) => `${counted(count, "query", "queries")} each`),
    known(deepest, (count) => `at most ${count} at once`),
  ], Rank.DETAILS);
  const closed = labelled("  closed", [
    known(endedByUs, (count) => `${count} by us`),
    known(endedByUpstream, (count) => `${count} by the upstream`),
    known(broken, (count) => `${count} broken`),
    known(connections.idleLimit, (time) => `idle limit ${waitText(time)}`),
  ], Rank.DETAILS);
  return [...opened, ...closed];
}

/** Only where there are any. */
function ignoredLines({ ignored = {} }: KnownUpstream): readonly Line[] {
  const { late, mismatched, unknown } = ignored;
  return labelled("  ignored", [
    late ? `${late} late` : undefined,
    unknown ? `${unknown} to no query` : undefined,
    mismatched ? `${mismatched} to another question` : undefined,
  ], Rank.DETAILS);
}

function certificateText(days: number): string {
  return days < 0 ? "has ended" : `${daysText(days)} left`;
}
