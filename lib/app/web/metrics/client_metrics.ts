/** What clients asked and what became of it, for Prometheus. */

import type { ListenerCounters } from "../../../listener/listener_counters.ts";
import type { Measures } from "../../report/measures.ts";
import { clientConnectionsOf, repliesByRcode, type TableUse } from "../../report/report.ts";
import { type Exposition, samplesBy } from "./exposition.ts";

/** By name, and label where there is one. */
type Values = Readonly<Record<string, number>>;

/** Told from the start, so that the first is a rise, too. */
const COMMON_RCODES = { NOERROR: 0, FORMERR: 0, SERVFAIL: 0, NXDOMAIN: 0, NOTIMP: 0, REFUSED: 0 };

export class ClientMetrics {
  /**
   * The most that was told of each. The program's own questions are taken off what listeners count, but only
   * when their replies are there: a counter that goes down for that moment would look like a new start.
   */
  readonly #most = new Map<string, number>();

  write(out: Exposition, { counters, latency, questions, tables }: Measures): void {
    this.#writeQueries(out, counters);
    this.#writeRefused(out, counters);
    writeFlawed(out, counters);
    writeDrops(out, counters);
    this.#writeConnections(out, counters);
    writeShortCuts(out, questions);
    out.counter(
      "dnsfwd_client_special_names_total",
      "Queries for names of special use (resolver.arpa), answered here and not forwarded.",
      [{ value: counters.special }],
    );
    out.counter(
      "dnsfwd_client_readiness_total",
      "Questions of whether the program is ready, answered here and not forwarded.",
      [{ value: counters.readiness }],
    );
    out.histogram(
      "dnsfwd_client_latency_seconds",
      "From a query of a client to its reply, where an upstream had to be waited for.",
      [{ latency }],
    );
    writeTables(out, tables);
  }

  #writeQueries(out: Exposition, counters: ListenerCounters): void {
    const { own, ownStreamed, received, streamed } = counters;
    const queries = {
      udp: received - streamed - (own - ownStreamed),
      tcp: streamed - ownStreamed,
    };
    out.counter(
      "dnsfwd_client_queries_total",
      "Messages of clients, whatever became of them.",
      samplesBy("transport", this.#ascending("queries", queries)),
    );
    const replies = { ...COMMON_RCODES, ...repliesByRcode(counters) };
    out.counter(
      "dnsfwd_client_replies_total",
      "Replies to clients by response code.",
      samplesBy("rcode", this.#ascending("replies", replies)),
    );
  }

  #writeRefused(out: Exposition, counters: ListenerCounters): void {
    const refused = {
      malformed: counters.malformed,
      unsupported: counters.unsupported - counters.own,
      not_allowed: counters.refused,
      rate_limit: counters.limited,
    };
    out.counter(
      "dnsfwd_client_refused_total",
      "Queries that were not forwarded but answered at once, by cause.",
      samplesBy("cause", this.#ascending("refused", refused)),
    );
  }

  #writeConnections(out: Exposition, counters: ListenerCounters): void {
    const { accepted, refused, unread } = clientConnectionsOf(counters);
    out.counter(
      "dnsfwd_client_connections_total",
      "TCP connections of clients, by what became of them.",
      samplesBy("outcome", this.#ascending("connections", { accepted, refused, unread })),
    );
  }

  #ascending(what: string, values: Values): Values {
    const entries = Object.entries(values).map(([name, value]) => {
      const key = `${what} ${name}`;
      const most = Math.max(value, this.#most.get(key) ?? 0);
      this.#most.set(key, most);
      return [name, most];
    });
    return Object.fromEntries(entries);
  }
}

/** Replies that are not what the client hoped for. */
function writeFlawed(out: Exposition, { failed, truncated }: ListenerCounters): void {
  out.counter(
    "dnsfwd_client_failures_total",
    "Queries answered with an error because no upstream gave a response.",
    [{ value: failed }],
  );
  out.counter(
    "dnsfwd_client_truncated_replies_total",
    "Replies with the TC bit, so that the client comes over TCP.",
    [{ value: truncated }],
  );
}

/** Replies that took no query to an upstream. */
function writeShortCuts(out: Exposition, { failedAgain, joined }: Measures["questions"]): void {
  out.counter("dnsfwd_client_joined_total", "Queries answered by the response to an equal one.", [
    { value: joined },
  ]);
  out.counter(
    "dnsfwd_client_failed_again_total",
    "Queries answered with the failure that an equal one had a moment before.",
    [{ value: failedAgain }],
  );
}

function writeTables(out: Exposition, tables: Measures["tables"]): void {
  const by = (value: (table: TableUse) => number) =>
    samplesBy("table", Object.fromEntries(tables.map((each) => [labelOf(each.name), value(each)])));
  out.gauge("dnsfwd_table_entries", "How much a table holds.", by(({ used }) => used));
  out.gauge("dnsfwd_table_limit_entries", "How much a table can hold.", by(({ limit }) => limit));
}

function writeDrops(out: Exposition, counters: ListenerCounters): void {
  out.counter(
    "dnsfwd_client_dropped_total",
    "Messages that got no reply, by cause.",
    samplesBy("cause", {
      too_short: counters.tooShort,
      not_a_query: counters.responses,
      own_address: counters.reflected,
      repeated: counters.repeated,
      table_full: counters.overload,
      reply_lost: counters.lost,
    }),
  );
}

/** `UDP clients`: udp_clients. */
function labelOf(name: string): string {
  return name.toLowerCase().replaceAll(/\W+/g, "_");
}
