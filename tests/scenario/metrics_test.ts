/** `--metrics`, as the program of a user has it: what a scrape finds, and what a reload makes of it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertAnswered, assertRcode } from "../helpers/expect.ts";
import { get, HttpClient } from "../helpers/http_client.ts";
import { FLAG } from "../helpers/message.ts";
import { logLines, metricsPort } from "../helpers/metrics.ts";
import { type Program, startProgram } from "../helpers/program.ts";
import {
  complaints,
  countersOf,
  pythonTest,
  sampleName,
  type Samples,
  samplesForPython,
  samplesOf,
} from "../helpers/prometheus.ts";
import { buildQuery } from "../helpers/query.ts";
import { freePort, IS_CI, peerTest } from "../helpers/real_peer.ts";
import { ANY } from "../helpers/reload_stage.ts";
import { type Scenario, startScenario } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

const METRICS = ["--metrics", "127.0.0.1:0"];
const NOWHERE = ["--upstream", "tcp://127.0.0.1:9"];

async function scrape(program: Program): Promise<string> {
  const { status, fields, text } = await get(metricsPort(program), "/metrics");
  const type = "text/plain; version=0.0.4; charset=utf-8";
  assertEquals([status, fields.get("content-type")], [200, type]);
  return text;
}

async function askAll(scenario: Scenario): Promise<void> {
  for (let each = 0; each < 20; each++) {
    const query = buildQuery(`n${each}.example`);
    assertAnswered(query, await scenario.udp().ask(query));
  }
  const client = await scenario.tcp();
  const query = buildQuery("tcp.example");
  assertAnswered(query, await client.ask(query));
}

function startAnswering(...args: string[]): Promise<Scenario> {
  return startScenario({ args: [...METRICS, ...args], script: (query) => query.answer() });
}

function value(samples: Samples, name: string, labels: Record<string, string> = {}) {
  return samples.get(sampleName(`dnsfwd_${name}`, labels));
}

Deno.test("dnsfwd --metrics tells Prometheus what clients asked and what the upstream did", async () => {
  await using scenario = await startAnswering();
  const { program, upstream } = scenario;
  await askAll(scenario);
  const samples = samplesOf(await scrape(program));
  const name = [...samples.keys()].map((key) => /upstream="([^"]+)"/.exec(key)?.[1]).find(Boolean);
  assertStringIncludes(name ?? "", `${upstream.port}`);
  const labels = { upstream: name ?? "" };
  const cases: [string, Record<string, string>, number][] = [
    ["client_queries_total", { transport: "udp" }, 20],
    ["client_queries_total", { transport: "tcp" }, 1],
    ["client_replies_total", { rcode: "NOERROR" }, 21],
    ["client_latency_seconds_count", {}, 21],
    ["upstream_queries_sent_total", labels, 21],
    ["upstream_queries_answered_total", labels, 21],
    ["upstream_latency_seconds_count", labels, 21],
    ["upstream_connections_opened_total", labels, 1],
    ["upstream_connections_open", labels, 1],
    ["upstream_tls_handshakes_total", labels, 1],
    ["upstream_up", labels, 1],
    ["upstream_state", { ...labels, state: "connected" }, 1],
    ["healthy", {}, 1],
  ];
  for (const [name, labels, expected] of cases) {
    assertEquals(value(samples, name, labels), expected, name);
  }
  const start = samples.get("process_start_time_seconds") ?? 0;
  assert(Math.abs(Date.now() / 1000 - start) < 60, `${start}`);
  assert((samples.get("process_cpu_seconds_total") ?? 0) > 0.01);
  assert((samples.get("process_resident_memory_bytes") ?? 0) > 20e6);
});

peerTest(["promtool"], "promtool has nothing against what the program tells", async () => {
  await using scenario = await startAnswering();
  await askAll(scenario);
  assertEquals(await complaints(await scrape(scenario.program)), "");
});

pythonTest("the client library for Python reads what the program tells", async () => {
  await using scenario = await startAnswering();
  await askAll(scenario);
  const text = await scrape(scenario.program);
  assertEquals(await samplesForPython(text), samplesOf(text));
});

Deno.test("dnsfwd --metrics has the report as JSON, and links to all of it", async () => {
  await using scenario = await startAnswering();
  const { program } = scenario;
  await askAll(scenario);
  const { fields, text } = await get(metricsPort(program), "/status.json", "localhost");
  assertEquals(fields.get("content-type"), "application/json");
  const { healthy, metrics, rcodes, pid } = JSON.parse(text);
  assertEquals([healthy, rcodes, pid], [true, { NOERROR: 21 }, program.pid]);
  assertEquals(metrics, `127.0.0.1:${metricsPort(program)}`);
  const page = await get(metricsPort(program), "/");
  assertEquals(page.fields.get("content-type"), "text/html; charset=utf-8");
  for (const path of ["/metrics", "/status.json"]) assertStringIncludes(page.text, `"${path}"`);
});

Deno.test("dnsfwd --metrics lets no counter go down at a reload, and keeps the connection of the scraper", async () => {
  await using scenario = await startAnswering();
  const { program } = scenario;
  using scraper = await HttpClient.connect(metricsPort(program));
  await askAll(scenario);
  const before = samplesOf((await scraper.get("/metrics")).text);
  program.signal("SIGHUP");
  await waitUntil(() => logLines(program, /Configuration reloaded/).length === 1, "the reload");
  const between = samplesOf((await scraper.get("/metrics")).text);
  await askAll(scenario);
  const after = samplesOf((await scraper.get("/metrics")).text);
  for (const [older, newer] of [[before, between], [between, after]]) {
    for (const [name, count] of countersOf(older)) {
      assert((newer.get(name) ?? -1) >= count, `${name}: ${count}, ${newer.get(name)}`);
    }
  }
  assertEquals(value(after, "client_queries_total", { transport: "udp" }), 40);
  assertEquals(logLines(program, /Metrics at/).length, 1);
});

Deno.test({
  name: "dnsfwd --metrics works once the program runs as nobody, with hardly a permission left",
  ignore: Deno.uid() !== 0 && !IS_CI,
  fn: async () => {
    await using scenario = await startAnswering("--user", "nobody", "--runtime-dir", "none");
    await askAll(scenario);
    const samples = samplesOf(await scrape(scenario.program));
    assertEquals(value(samples, "client_queries_total", { transport: "udp" }), 20);
    assert((samples.get("process_cpu_seconds_total") ?? 0) > 0);
  },
});

Deno.test("dnsfwd answers clients while the HTTP side is flooded", async () => {
  await using scenario = await startAnswering();
  const port = metricsPort(scenario.program);
  const flood = await Promise.all(Array.from({ length: 300 }, () => HttpClient.connect(port)));
  try {
    await Promise.all(
      flood.map((client, at) =>
        client.send(at % 2 ? "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" : "x")
          .catch(() => {/* ended already, as it should be */})
      ),
    );
    await askAll(scenario);
    assertEquals((await get(port, "/metrics")).status, 200);
  } finally {
    for (const client of flood) client[Symbol.dispose]();
  }
  assertEquals(logLines(scenario.program, /Error|Unexpected/), []);
});

Deno.test("dnsfwd warns where --metrics goes beyond loopback, and not otherwise", async () => {
  const wide = ["--metrics", `0.0.0.0:${freePort()}`];
  await using program = await startProgram(["run", ...ANY, ...NOWHERE, ...wide]);
  const warning = `Warning: Metrics at ${
    wide[1]
  } can be read by everybody who can reach it and may ask (--allow)`;
  assertEquals(logLines(program, /Warning: Metrics/), [warning]);
  // Asked over loopback it is as strict as there.
  const port = Number(wide[1].split(":")[1]);
  assertEquals((await get(port, "/metrics", "router.example")).status, 403);
  assertEquals((await get(port, "/metrics")).status, 200);
  await using narrow = await startProgram(["run", ...ANY, ...NOWHERE, ...METRICS]);
  assertEquals(logLines(narrow, /Warning: Metrics/), []);
});

Deno.test("dnsfwd without --metrics says nothing of it", async () => {
  await using scenario = await startScenario({ script: (query) => query.answer() });
  const query = buildQuery("n.example");
  assertAnswered(query, await scenario.udp().ask(query));
  assertEquals(logLines(scenario.program, /Metrics/), []);
});

Deno.test("dnsfwd --metrics counts what is not answered as it was asked", async () => {
  await using scenario = await startAnswering();
  const client = scenario.udp();
  const update = buildQuery("n.example", { flags: 5 << 11 });
  assertRcode(update, await client.ask(update), 4);
  client.send(buildQuery("n.example", { flags: FLAG.QR }));
  const query = buildQuery("last.example");
  assertAnswered(query, await client.ask(query));
  const samples = samplesOf(await scrape(scenario.program));
  assertEquals(value(samples, "client_refused_total", { cause: "unsupported" }), 1);
  assertEquals(value(samples, "client_dropped_total", { cause: "not_a_query" }), 1);
  assertEquals(value(samples, "client_replies_total", { rcode: "NOTIMP" }), 1);
});
