/** What `--limit` changes, seen by clients (RFC 9210, 4.2; RFC 7766, 6.2; TCP-11). */

import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { exchange } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { runProgram } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { type ScenarioOptions, startScenario } from "../helpers/scenario.ts";
import { numberedNames } from "../helpers/steady_client.ts";

function limited(limit: string, options: ScenarioOptions = {}) {
  return startScenario({ ...options, args: ["--limit", limit] });
}

Deno.test("Forwarder with --limit tcp-connections-per-client=2 refuses the third of one address, and serves another (TCP-11; D14)", async () => {
  const listen = ["127.0.0.1:0", "[::1]:0"];
  await using scenario = await limited("tcp-connections-per-client=2", { listen });
  const [v4, v6] = scenario.program.addresses;
  const first = [await scenario.tcp(v4), await scenario.tcp(v4)];
  for (const client of first) await client.ask(buildQuery("open.example"));
  await (await scenario.tcp(v4)).closedByServer();
  for (const client of [...first, await scenario.tcp(v6)]) {
    const query = buildQuery("served.example");
    assertAnswered(query, await client.ask(query));
  }
});

Deno.test("Forwarder with --limit tcp-connections=1 refuses a second connection, whoever comes (TCP-11)", async () => {
  const listen = ["127.0.0.1:0", "[::1]:0"];
  await using scenario = await limited("tcp-connections=1", { listen });
  const [v4, v6] = scenario.program.addresses;
  const query = buildQuery("served.example");
  const first = await scenario.tcp(v4);
  assertAnswered(query, await first.ask(query));
  await (await scenario.tcp(v6)).closedByServer();
  assertAnswered(query, await first.ask(query));
});

Deno.test("Forwarder with --limit tcp-in-flight=1 asks for one query of a connection at a time, and answers all (TCP-11)", async () => {
  let inFlight = 0;
  let most = 0;
  await using scenario = await limited("tcp-in-flight=1", {
    script: async (query, upstream) => {
      most = Math.max(most, ++inFlight);
      await upstream.delay(5);
      inFlight--;
      await query.answer();
    },
  });
  const queries = numberedNames(30).map((name) => buildQuery(name));
  const replies = await exchange(await scenario.tcp(), queries);
  replies.forEach((reply, index) => assertAnswered(queries[index], reply));
  assertEquals([most, scenario.upstream.queries.length], [1, 30]);
});

Deno.test("Forwarder with --limit tcp-queries=3 answers three queries of a connection, then ends it (TCP-11)", async () => {
  await using scenario = await limited("tcp-queries=3");
  for (let connection = 0; connection < 2; connection++) {
    const client = await scenario.tcp();
    const queries = numberedNames(8).map((name) => buildQuery(name));
    await client.send(...queries);
    assertEquals(await client.closedByServer(), "FIN");
    assertEquals(client.replies.all.length, 3);
    for (const query of queries.slice(0, 3)) assertAnswered(query, await client.next());
  }
});

Deno.test("Forwarder with --limit tcp-lifetime=1 ends a connection after a second, with all its answers (TCP-11)", async () => {
  await using scenario = await limited("tcp-lifetime=1", {
    script: (query, upstream) => upstream.delay(parseInt(query.name)).then(() => query.answer()),
  });
  const client = await scenario.tcp();
  const start = performance.now();
  for (const name of ["1.example", "1700.example"]) {
    const query = buildQuery(name);
    assertAnswered(query, await client.ask(query));
  }
  assertEquals(await client.closedByServer(), "FIN");
  assertGreaterOrEqual(performance.now() - start, 1700);
  const query = buildQuery("2.example");
  assertAnswered(query, await (await scenario.tcp()).ask(query));
});

Deno.test("dnsfwd ends with 2 where a limit cannot be used, and says what is allowed", async () => {
  const args = ["--upstream", "tcp://127.0.0.1:9", "--limit", "tcp-idle=1"];
  const { code, stderr } = await runProgram(args);
  assertEquals(code, 2);
  assert(stderr.endsWith('--limit "tcp-idle=1": expected a number from 2 to 3600\n'), stderr);
});
