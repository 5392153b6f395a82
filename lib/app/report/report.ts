/**
 * What the program can say of itself, as plain data that goes through JSON unharmed: for a person, for
 * Prometheus and for the page. Times are in milliseconds, and counts since the start, unless stated otherwise.
 */

import { Rcode } from "../../dns/header.ts";
import { rcodeName } from "../../dns/rcode_name.ts";
import type { ListenerCounters } from "../../listener/listener_counters.ts";
import type { Summary } from "../summary.ts";
import { type Counts, existing } from "./counts.ts";
import type { History, Series, Stretch } from "./history.ts";
import type { UpstreamReport } from "./upstream_report.ts";

/** How full a table is. */
export interface TableUse {
  /** What it holds. */
  readonly name: string;
  readonly used: number;
  readonly limit: number;
}

/** The log of queries. */
export interface QueryLogReport {
  /** Its file, or `stdout`. */
  readonly path: string;
  /** Queries that it has a line of; and those left out, as the disk was slow or full. */
  readonly written: number;
  readonly dropped: number;
}

/** What there is to say of the data plane. */
export interface ForwarderReport {
  /** Listened on now. */
  readonly addresses: readonly string[];
  /** To be listened on as soon as this machine has them. */
  readonly awaited?: readonly string[];
  /** In the order of the configuration. */
  readonly upstreams: readonly UpstreamReport[];
  readonly summary: Summary;
  /** The last minute and the last quarter of an hour. */
  readonly minute: Stretch;
  readonly quarter: Stretch;
  readonly series: Series;
  /** Replies by RCODE, those that there were. */
  readonly rcodes: Counts;
  /** What was not answered, or not as it was asked, by cause; those that there were. */
  readonly drops: Counts;
  /** TCP connections of clients. */
  readonly clientConnections: {
    readonly accepted: number;
    readonly refused: number;
    /** Of those accepted, reset as their client did not read its replies. */
    readonly unread: number;
  };
  readonly tables: readonly TableUse[];
  /** Undefined: no log of queries is kept. */
  readonly queryLog?: QueryLogReport;
}

/** All of it. */
export interface Report extends ForwarderReport {
  readonly pid: number;
  /** The version of the program. */
  readonly program: string;
  /** Which of many instances it is; undefined: nobody is told. */
  readonly identity?: string;
  /** Since the start. */
  readonly uptime: number;
  /** null: the command line alone. */
  readonly configFile: string | null;
  /** The address where this is told over HTTP; null: none. */
  readonly metrics: string | null;
  /** Since the configuration in use was read. */
  readonly configAge: number;
  /** Octets. */
  readonly memory: { readonly resident: number; readonly heapUsed: number };
}

type ListenerReport = Pick<
  ForwarderReport,
  "clientConnections" | "drops" | "minute" | "quarter" | "rcodes" | "series"
>;

/** What the listeners know. */
export function reportOf(counters: ListenerCounters, history: History): ListenerReport {
  return {
    minute: history.minute(),
    quarter: history.quarter(),
    series: history.series(),
    rcodes: repliesByRcode(counters),
    drops: existing(dropsOf(counters)),
    clientConnections: clientConnectionsOf(counters),
  };
}

/** Without those over which the program asked itself, one question each. */
export function clientConnectionsOf(
  counters: ListenerCounters,
): ForwarderReport["clientConnections"] {
  const { connections, ownRefused, ownStreamed, refusedConnections, unreadConnections } = counters;
  return {
    accepted: Math.max(0, connections - ownStreamed),
    refused: Math.max(0, refusedConnections - ownRefused),
    unread: unreadConnections,
  };
}

/** Queries and other messages that were not answered, or not as they were asked. */
export function dropsOf(counters: ListenerCounters): Counts {
  return {
    "too short": counters.tooShort,
    "not a query": counters.responses,
    "from our own address": counters.reflected,
    "asked again while waiting": counters.repeated,
    "table full": counters.overload,
    "reply lost": counters.lost,
    "told to use TCP: rate limit": counters.limited,
  };
}

/** Without replies to the program's own questions, which are NOTIMP (`service/liveness.ts`). */
export function repliesByRcode({ badVersions, own, rcodes }: ListenerCounters): Counts {
  const counts = Object.fromEntries(Array.from(rcodes, (count, rcode) => {
    if (rcode === Rcode.NOERROR) return [rcodeName(rcode), count - badVersions];
    return [rcodeName(rcode), rcode === Rcode.NOTIMP ? Math.max(0, count - own) : count];
  }));
  return existing({ ...counts, [rcodeName(Rcode.BADVERS)]: badVersions });
}
