/** What the program has done since its start, in one line. */

import type { ListenerCounters } from "../listener/listener_counters.ts";
import type { UpstreamCounters } from "../resolver/upstream/upstream_counters.ts";

export interface Summary {
  readonly received: number;
  readonly answered: number;
  readonly sentUpstream: number;
  readonly resent: number;
  readonly joined: number;
  readonly connections: number;
  readonly handshakes: number;
  /** Answered with an error because there was no response, if not as follows. */
  readonly failed: number;
  /** Answered with the failure that the same question had a moment before. */
  readonly failedAgain: number;
  readonly dropped: number;
  /** Milliseconds. */
  readonly longestInFlight: number;
  readonly uptime: number;
}

export function summarize(
  listeners: ListenerCounters,
  upstream: UpstreamCounters,
  questions: { readonly joined: number; readonly failedAgain: number },
  uptime: number,
): Summary {
  return {
    received: listeners.received - listeners.own,
    answered: listeners.answered - listeners.own,
    sentUpstream: upstream.sent,
    resent: upstream.resent,
    joined: questions.joined,
    connections: upstream.connections,
    handshakes: upstream.handshakes,
    failed: listeners.failed - questions.failedAgain,
    failedAgain: questions.failedAgain,
    dropped: listeners.overload + listeners.repeated + listeners.reflected + listeners.tooShort +
      listeners.responses,
    longestInFlight: Math.round(upstream.longest),
    uptime,
  };
}

/** The line logged on SIGUSR2 and at the end. */
export function formatSummary(summary: Summary): string {
  return `Summary: received ${summary.received}, answered ${summary.answered}, ` +
    `sent upstream ${summary.sentUpstream}, resent ${summary.resent}, ` +
    `connections ${summary.connections}, handshakes ${summary.handshakes}, ` +
    `longest in flight ${summary.longestInFlight} ms, joined ${summary.joined}, ` +
    `failed ${summary.failed}, failed again ${summary.failedAgain}, ` +
    `dropped ${summary.dropped}, up ${(summary.uptime / 1000).toFixed(1)} s`;
}
