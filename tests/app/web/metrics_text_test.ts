/** What Prometheus is told, as others read it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Exposition } from "../../../lib/app/web/metrics/exposition.ts";
import { MetricsText } from "../../../lib/app/web/metrics/metrics_text.ts";
import { FACTS, latencies, sampleMeasures, upstreamMeasures } from "../../helpers/measures.ts";
import {
  complaints,
  pythonTest,
  sampleName,
  samplesForPython,
  samplesOf,
} from "../../helpers/prometheus.ts";
import { peerTest } from "../../helpers/real_peer.ts";
import { DOWN_UPSTREAM, UPSTREAM } from "../../helpers/report.ts";

const UP = { upstream: UPSTREAM.name };
const DOWN = { upstream: DOWN_UPSTREAM.name };

class Scraped {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  value(name: string, labels: Record<string, string> = {}): number | undefined {
    return samplesOf(this.text).get(sampleName(name, labels));
  }

  /** The counts by upper bound. */
  buckets(name: string, labels: Record<string, string> = {}): [string, number][] {
    const bounds = [...this.text.matchAll(/[,{]le="([^"]+)"/g)].map(([, bound]) => bound);
    return [...new Set(bounds)].map((le) => [
      le,
      this.value(`${name}_bucket`, { ...labels, le }) ?? NaN,
    ]);
  }
}

function scrape(measures = sampleMeasures(), facts = FACTS, text = new MetricsText()): Scraped {
  return new Scraped(text.of(measures, facts));
}

peerTest(["promtool"], "promtool has nothing against the text, not even of style", async () => {
  assertEquals(await complaints(scrape().text), "");
});

peerTest(["promtool"], "promtool would find a text that is wrong", async () => {
  assertStringIncludes(await complaints("# TYPE a counter\na 1\n"), "_total");
  assertStringIncludes(await complaints("a{ 1\n"), "exit code");
});

pythonTest(
  "the client library for Python reads the text, and finds in it what stands there",
  async () => {
    const { text } = scrape();
    const found = await samplesForPython(text);
    assertEquals(found, samplesOf(text));
    assert(found.size > 100);
  },
);

Deno.test("MetricsText gives every family HELP and TYPE, each once, and counters the end _total", () => {
  const { text } = scrape();
  const heads = [
    ...text.matchAll(/^# HELP (\S+) \S.*\n# TYPE (\S+) (counter|gauge|histogram)\n/gm),
  ];
  assertEquals(heads.length, text.match(/^#/gm)?.length as number / 2);
  const types = new Map(heads.map(([, name, , type]) => [name, type]));
  assertEquals(types.size, heads.length);
  for (const [, help, name, type] of heads) {
    assertEquals(help, name);
    assertEquals(name.endsWith("_total"), type === "counter", name);
    assert(/^(dnsfwd|process)_[a-z_]+$/.test(name), name);
  }
  for (const sample of samplesOf(text).keys()) {
    const [name] = sample.split("{");
    assert(types.has(name) || types.get(name.replace(/_[a-z]+$/, "")) === "histogram", name);
  }
});

Deno.test("MetricsText tells what clients asked and what became of it", () => {
  const told = scrape();
  const cases: [string, Record<string, string>, number][] = [
    ["client_queries_total", { transport: "udp" }, 1200],
    ["client_queries_total", { transport: "tcp" }, 41],
    ["client_replies_total", { rcode: "NOERROR" }, 1050],
    ["client_replies_total", { rcode: "SERVFAIL" }, 7],
    ["client_replies_total", { rcode: "REFUSED" }, 0],
    ["client_failures_total", {}, 7],
    ["client_truncated_replies_total", {}, 2],
    ["client_dropped_total", { cause: "repeated" }, 5],
    ["client_dropped_total", { cause: "table_full" }, 0],
    ["client_dropped_total", { cause: "reply_lost" }, 0],
    ["client_refused_total", { cause: "malformed" }, 3],
    ["client_refused_total", { cause: "not_allowed" }, 4],
    ["client_refused_total", { cause: "rate_limit" }, 6],
    ["client_connections_total", { outcome: "accepted" }, 17],
    ["client_joined_total", {}, 180],
    ["client_failed_again_total", {}, 2],
    ["client_special_names_total", {}, 8],
    ["client_readiness_total", {}, 9],
    ["table_entries", { table: "udp_clients" }, 3],
    ["table_limit_entries", { table: "tcp_connections" }, 256],
  ];
  for (const [name, labels, expected] of cases) {
    assertEquals(told.value(`dnsfwd_${name}`, labels), expected, name);
  }
});

Deno.test("MetricsText tells of each upstream how it is and what its connections went through", () => {
  const told = scrape();
  const cases: [string, Record<string, string>, number][] = [
    ["up", UP, 1],
    ["up", DOWN, 0],
    ["state", { ...UP, state: "connected" }, 1],
    ["state", { ...UP, state: "down" }, 0],
    ["state", { ...DOWN, state: "down" }, 1],
    ["consecutive_failures", DOWN, 14],
    ["response_time_seconds", UP, 0.0125],
    ["queries_sent_total", UP, 1051],
    ["queries_resent_total", UP, 4],
    ["queries_answered_total", UP, 1040],
    ["queries_failed_total", UP, 7],
    ["queries_pending", UP, 3],
    ["queries_pending_limit", UP, 16_384],
    ["queries_in_flight", UP, 3],
    ["queries_in_flight_deepest", UP, 41],
    ["connections_open", UP, 1],
    ["connections_opened_total", UP, 12],
    ["connections_ended_total", { ...UP, by: "us" }, 9],
    ["connections_ended_total", { ...UP, by: "upstream" }, 1],
    ["connections_ended_total", { ...UP, by: "broken" }, 1],
    ["connection_failures_total", UP, 2],
    ["connection_idle_limit_seconds", UP, 8],
    ["tls_handshakes_total", UP, 12],
    ["tls_resumptions_total", UP, 3],
    ["responses_total", { ...UP, rcode: "NXDOMAIN" }, 140],
    ["responses_ignored_total", { ...UP, cause: "late" }, 2],
    ["certificate_expiry_timestamp_seconds", UP, FACTS.wall / 1000 + 61 * 86_400],
    ["last_response_timestamp_seconds", UP, FACTS.wall / 1000 - 1],
  ];
  for (const [name, labels, expected] of cases) {
    assertEquals(told.value(`dnsfwd_upstream_${name}`, labels), expected, name);
  }
});

Deno.test("MetricsText leaves out what is not known of an upstream", () => {
  const { text } = scrape();
  for (const name of ["response_time_seconds", "certificate_expiry_timestamp_seconds"]) {
    assert(!text.includes(`dnsfwd_upstream_${name}{upstream="${DOWN_UPSTREAM.name}"`), name);
  }
  const alone = { ...sampleMeasures(), upstreams: [upstreamMeasures(DOWN_UPSTREAM)] };
  assert(!scrape(alone).text.includes("certificate"));
});

Deno.test("MetricsText tells latencies as histograms of seconds, that add up from bucket to bucket", () => {
  const told = scrape();
  const clients = told.buckets("dnsfwd_client_latency_seconds");
  const bounds = clients.map(([bound]) => bound);
  assertEquals([bounds.length, bounds[0], bounds[13], bounds[14]], [15, "0.0005", "4.096", "+Inf"]);
  const counts = clients.map(([, count]) => count);
  assertEquals(counts, [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3]);
  assertEquals(told.value("dnsfwd_client_latency_seconds_count"), 3);
  assertEquals(told.value("dnsfwd_client_latency_seconds_sum"), 5.0123);
  const upstream = told.buckets("dnsfwd_upstream_latency_seconds", UP);
  assertEquals(upstream.map(([, count]) => count).slice(0, 5), [1, 2, 2, 3, 3]);
  assertEquals(told.value("dnsfwd_upstream_latency_seconds_sum", UP), 0.004);
  assertEquals(told.value("dnsfwd_upstream_latency_seconds_count", DOWN), 0);
});

Deno.test("MetricsText tells of the program: version, health, memory, processor, times", () => {
  const told = scrape();
  assertEquals(told.value("dnsfwd_build_info", { version: "1.2.3" }), 1);
  assertEquals(told.value("dnsfwd_healthy"), 1);
  assertEquals(told.value("process_resident_memory_bytes"), 57_671_680);
  assertEquals(told.value("process_cpu_seconds_total"), 1.25);
  assertEquals(told.value("process_start_time_seconds"), FACTS.wall / 1000 - 60);
  assertEquals(told.value("dnsfwd_config_loaded_timestamp_seconds"), FACTS.wall / 1000 - 50);
  assertEquals(scrape(undefined, { ...FACTS, state: "failing" }).value("dnsfwd_healthy"), 0);
});

Deno.test("MetricsText keeps the time of the start while the clock wanders, and follows one that is set", () => {
  const text = new MetricsText();
  const start = (wall: number) =>
    scrape(undefined, { ...FACTS, wall }, text).value("process_start_time_seconds");
  assertEquals(start(FACTS.wall), FACTS.wall / 1000 - 60);
  assertEquals(start(FACTS.wall + 400), FACTS.wall / 1000 - 60);
  assertEquals(start(FACTS.wall + 86_400_000), FACTS.wall / 1000 - 60 + 86_400);
});

Deno.test("MetricsText leaves the program's own questions out, and no counter goes down for them", () => {
  const measures = sampleMeasures();
  const { counters } = measures;
  const text = new MetricsText();
  const look = () => {
    const told = scrape(measures, FACTS, text);
    return [
      told.value("dnsfwd_client_queries_total", { transport: "udp" }),
      told.value("dnsfwd_client_queries_total", { transport: "tcp" }),
      told.value("dnsfwd_client_replies_total", { rcode: "NOTIMP" }),
      told.value("dnsfwd_client_refused_total", { cause: "unsupported" }),
    ];
  };
  assertEquals(look(), [1200, 41, 0, 0]);
  // Its reply is sent, and not yet with whoever asked.
  counters.received++;
  counters.unsupported++;
  counters.rcodes[4]++;
  assertEquals(look(), [1201, 41, 1, 1]);
  counters.own++;
  assertEquals(look(), [1201, 41, 1, 1]);
  counters.received += 2;
  assertEquals(look(), [1202, 41, 1, 1]);
});

Deno.test("Exposition escapes what would end a label or a line", () => {
  const out = new Exposition();
  out.gauge("odd", "One\\two\nthree.", [{ labels: { of: 'a"b\\c\nd' }, value: 1 }]);
  assertEquals(
    out.toString(),
    '# HELP odd One\\\\two\\nthree.\n# TYPE odd gauge\nodd{of="a\\"b\\\\c\\nd"} 1\n',
  );
});

Deno.test("Exposition counts in each bucket what took less than its bound", () => {
  const out = new Exposition();
  out.histogram("h_seconds", "H.", [{ latency: latencies(1, 1.9, 2) }]);
  const buckets = new Scraped(out.toString()).buckets("h_seconds");
  assertEquals(buckets.slice(1, 4), [["0.001", 0], ["0.002", 2], ["0.004", 3]]);
});
