/** `--metrics`, scraped by Prometheus; and asked by curl from other machines: network namespaces. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import dashboard from "../../scripts/grafana/dnsfwd.json" with { type: "json" };
import { assertAnswered } from "../helpers/expect.ts";
import { FAR, NEAR, networkTest } from "../helpers/network_namespace.ts";
import { startProgram } from "../helpers/program.ts";
import { PrometheusServer } from "../helpers/prometheus_server.ts";
import { buildQuery } from "../helpers/query.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { startScenario } from "../helpers/scenario.ts";

/** A client of a network that the forwarder reaches by a route, but is not connected to. */
const STRANGER = "198.51.100.7";
const STRANGERS = "198.51.100.0/24";
const PORT = 10_853;

networkTest(
  ["curl"],
  "--metrics beyond loopback replies to the networks that are served, under any name, and to no others",
  async (pair) => {
    await pair.far.ip(`address add ${STRANGER}/32 dev lo`);
    await pair.near.ip(`route add ${STRANGERS} via ${FAR}`);
    const args = ["--listen", `${NEAR}:0`, "--upstream", "tcp://127.0.0.1:9", "--metrics", NEAR];
    await using program = await startProgram(["run", ...args], { prefix: pair.near.prefix });
    assertStringIncludes(program.stderr, `Metrics at http://${NEAR}:${PORT}/metrics\n`);
    const curl = async (from: string, ...more: string[]) => {
      const url = `http://${NEAR}:${PORT}/metrics`;
      const [command, ...rest] = [...pair.far.prefix, "curl", "-sS", "-i", "--interface", from];
      const { stdout } = await new Deno.Command(command, { args: [...rest, ...more, url] })
        .output();
      return new TextDecoder().decode(stdout);
    };
    assertStringIncludes(await curl(FAR), "\ndnsfwd_healthy 1\n");
    const named = await curl(FAR, "-H", "Host: dns1.example:10853", "--http1.0");
    assertStringIncludes(named, "\ndnsfwd_healthy 1\n");
    const refused = await curl(STRANGER);
    assertStringIncludes(refused, "HTTP/1.1 403 Forbidden\r\n");
    assertEquals(refused.split("\r\n\r\n")[1], "Forbidden: your network is not served (--allow)\n");
  },
);

/** Of a certificate the runtime tells only where there is more to check of it than a name. */
const NOT_THERE = ["dnsfwd_upstream_certificate_expiry_timestamp_seconds"];

peerTest(
  ["prometheus"],
  "Prometheus scrapes what --metrics serves, and has an answer for every panel of the dashboard",
  async () => {
    const args = ["--metrics", "127.0.0.1:0"];
    await using scenario = await startScenario({ args, script: (query) => query.answer() });
    const [, target] = /Metrics at http:\/\/(\S+)\/metrics/.exec(scenario.program.stderr) ?? [];
    await using prometheus = await PrometheusServer.start(target);
    await prometheus.settled("up == 1");
    // The connection from the start was there before anybody looked: another one is counted.
    await scenario.upstream.connections[0].close();
    const client = scenario.udp();
    for (let each = 0; each < 10; each++) {
      const query = buildQuery(`n${each}.example`);
      assertAnswered(query, await client.ask(query));
    }
    const [{ metric, value }] = await prometheus.settled(
      'dnsfwd_client_queries_total{transport="udp"} >= 10',
    );
    assertEquals([metric.instance, value[1]], [target, "10"]);
    await prometheus.settled("rate(dnsfwd_client_queries_total[10s]) > 0");
    assertEquals(await prometheus.scrapeError(), "");
    for (const { targets, title } of dashboard.panels) {
      for (const { expr } of targets) {
        const asked = expr.replaceAll("$__rate_interval", "10s").replaceAll("$instance", ".*");
        const results = await prometheus.query(asked);
        const isThere = results.length > 0 || NOT_THERE.some((name) => expr.includes(name));
        assert(isThere, `${title}: nothing for ${asked}`);
      }
    }
  },
);
