/** What reports show of single upstreams: that they fail, that they cannot resolve, that a certificate ends. */

import type { Counts } from "./counts.ts";
import type { Finding } from "./finding.ts";
import type { KnownUpstream } from "./known_report.ts";
import { shortSpan } from "./span_text.ts";
import { upstreamName } from "./upstream_name.ts";

/** The share of its responses from which on a resolver that cannot resolve is one, and how many tell. */
const USELESS_SHARE = 0.5;
const ENOUGH_RESPONSES = 20;
/** The responses by which a resolver says that it will or can not. */
const USELESS = ["SERVFAIL", "REFUSED", "NOTIMP"];
/** Days left of a certificate, as for the warning in the log. */
const FEW_DAYS = 14;

/** What is wrong comes before what may become so. */
export function upstreamFindings(upstreams: readonly KnownUpstream[]): readonly Finding[] {
  const partly = upstreams.filter(({ isWorking, worksForSome }) => !isWorking && worksForSome);
  const failing = upstreams.filter((each) => each.isWorking === false && !partly.includes(each));
  const working = upstreams.filter(({ isWorking }) => isWorking !== false);
  const each = (of: (upstream: KnownUpstream, name: string) => Finding | undefined) =>
    upstreams.flatMap((upstream) => of(upstream, upstreamName(upstream, upstreams)) ?? []);
  return [
    ...failureFindings(failing, [...working, ...partly], upstreams),
    ...partly.map((each) => partFinding(each, upstreamName(each, upstreams))),
    ...each(uselessFinding),
    ...each(certificateFinding),
  ];
}

function failureFindings(
  failing: readonly KnownUpstream[],
  working: readonly KnownUpstream[],
  all: readonly KnownUpstream[],
): Finding[] {
  if (failing.length === 0) return [];
  const [first] = working;
  if (first === undefined && failing.length > 1) {
    const texts = failing.map((each) => failureText(upstreamName(each, all), each));
    return [{ grade: "bad", text: `No upstream works: ${texts.join("; ")}` }];
  }
  const rest = first === undefined ? "" : `; ${instead(first, working.length, all)}`;
  return failing.map((each) => ({
    grade: first === undefined ? "bad" : "doubtful",
    text: `Upstream ${failureText(upstreamName(each, all), each)}${rest}`,
    upstream: each.name,
  }));
}

/** Of one that fails for clients that have connections of their own, and answers others. */
function partFinding({ cause, name }: KnownUpstream, short: string): Finding {
  const text = `Upstream ${short} fails for some clients${cause ? `: ${cause}` : ""}`;
  return { grade: "doubtful", text, upstream: name };
}

/** `dns.example has been down for 2 min: connection refused`. */
function failureText(name: string, { cause, since, state = "down" }: KnownUpstream): string {
  const how = since === undefined ? `is ${state}` : `has been ${state} for ${shortSpan(since)}`;
  return `${name} ${how}${cause ? `: ${cause}` : ""}`;
}

function instead(first: KnownUpstream, count: number, all: readonly KnownUpstream[]): string {
  if (count > 1) return `${count} others work`;
  const verb = first.lastResponse === undefined ? "is there instead" : "answers";
  return `${upstreamName(first, all)} ${verb}`;
}

/** Since the start, as nobody counts them otherwise. */
function uselessFinding({ name, rcodes = {} }: KnownUpstream, short: string): Finding | undefined {
  const useless = USELESS.filter((rcode) => rcodes[rcode] !== undefined)
    .toSorted((one, other) => rcodes[other] - rcodes[one]);
  const all = sumOf(rcodes);
  const share = useless.reduce((sum, rcode) => sum + rcodes[rcode], 0) / all;
  if (all < ENOUGH_RESPONSES || share < USELESS_SHARE) return undefined;
  const text = `Upstream ${short} cannot resolve: ${percent(share)} of its responses are ` +
    useless.join(" or ");
  return { grade: "doubtful", text, upstream: name };
}

function certificateFinding(
  { name, certificateDays: days }: KnownUpstream,
  short: string,
): Finding | undefined {
  if (days === undefined || days > FEW_DAYS) return undefined;
  const when = days < 0 ? "has ended" : days === 0 ? "ends today" : `ends in ${daysText(days)}`;
  return { grade: "doubtful", text: `The certificate of ${short} ${when}`, upstream: name };
}

export function daysText(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}

/** Of a share from 0 to 1. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
