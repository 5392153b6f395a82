/** How the program is, as people, monitoring and load balancers find out: in one vocabulary everywhere. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { OPTION } from "../helpers/edns.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { HttpClient } from "../helpers/http_client.ts";
import { type Message, RCODE, TYPE } from "../helpers/message.ts";
import { metricsPort } from "../helpers/metrics.ts";
import { NotifyListener } from "../helpers/notify_listener.ts";
import { type Program, runProgram, startProgram } from "../helpers/program.ts";
import { sampleName, samplesOf } from "../helpers/prometheus.ts";
import { buildQuery } from "../helpers/query.ts";
import { startScenario } from "../helpers/scenario.ts";
import { UdpClient } from "../helpers/client.ts";
import { waitUntil } from "../helpers/waiting.ts";

const READY = "ready.dnsfwd.internal";
const METRICS = ["--metrics", "127.0.0.1:0"];
const NOWHERE = ["run", "--listen", "127.0.0.1:0", "--upstream", "tcp://127.0.0.1:9", ...METRICS];

function run(program: Program, ...args: string[]) {
  return runProgram([...args, "--runtime-dir", program.runtimeDirectory]);
}

/** Status and text of paths, over one connection. */
async function get(program: Program, ...paths: string[]): Promise<[number, string][]> {
  using client = await HttpClient.connect(metricsPort(program));
  const replies: [number, string][] = [];
  for (const path of paths) {
    const { status, text } = await client.get(path);
    replies.push([status, text]);
  }
  return replies;
}

async function ask(program: Program, name: string, type: number = TYPE.TXT): Promise<Message> {
  using client = new UdpClient(program.address);
  return await client.ask(buildQuery(name, { type, edns: {} }));
}

function errorText({ opts: [opt] }: Message): string {
  const { data } = opt.options.find(({ code }) => code === OPTION.EXTENDED_ERROR) ?? {};
  return new TextDecoder().decode(data?.subarray(2));
}

async function states(program: Program): Promise<Record<string, number | undefined>> {
  const [[, text]] = await get(program, "/metrics");
  const samples = samplesOf(text);
  const state = (word: string) => samples.get(sampleName("dnsfwd_state", { state: word }));
  return {
    working: state("working"),
    degraded: state("degraded"),
    failing: state("failing"),
    healthy: samples.get("dnsfwd_healthy"),
    ready: samples.get("dnsfwd_ready"),
  };
}

Deno.test("While no upstream works, status and its exit code, JSON, metrics, page and service manager say failing", async () => {
  using manager = new NotifyListener("file");
  await using program = await startProgram(NOWHERE, { env: { NOTIFY_SOCKET: manager.name } });
  for (let each = 0; each < 4; each++) await ask(program, `n${each}.example`);
  const { code, stdout } = await run(program, "status");
  assertEquals(code, 3);
  assertMatch(
    stdout,
    /^Failing: upstream 127\.0\.0\.1:9 has been \w+ for .*: connection refused\n/,
  );
  const json = await run(program, "status", "--json");
  const { alive, healthy, ok, ready, state } = JSON.parse(json.stdout);
  assertEquals([json.code, state, healthy, ok], [3, "failing", false, false]);
  assertEquals([alive, ready], [true, true]);
  const [page, overHttp] = await get(program, "/", "/status.json");
  assertStringIncludes(page[1], "<title>Failing - dnsfwd</title>");
  assertEquals([JSON.parse(overHttp[1]).state, JSON.parse(overHttp[1]).healthy], [
    "failing",
    false,
  ]);
  assertEquals(await states(program), {
    working: 0,
    degraded: 0,
    failing: 1,
    healthy: 0,
    ready: 1,
  });
  let status = "";
  while (!status.endsWith(": failing")) {
    [status] = (await manager.next()).filter((line) => line.startsWith("STATUS="));
  }
  assertEquals((await run(program, "status", "--what")).code, 2);
});

Deno.test("While an upstream works, status exits with 0, and all say working", async () => {
  await using scenario = await startScenario({ args: METRICS, script: (query) => query.answer() });
  const { program } = scenario;
  const query = buildQuery("www.example");
  assertAnswered(query, await scenario.udp().ask(query));
  const { code, stdout } = await run(program, "status", "--json");
  const { alive, healthy, ready, state } = JSON.parse(stdout);
  assertEquals([code, state, alive, healthy, ready], [0, "working", true, true, true]);
  assertEquals(await get(program, "/livez", "/readyz"), [[200, "ok\n"], [200, "ok\n"]]);
  assertEquals(await states(program), {
    working: 1,
    degraded: 0,
    failing: 0,
    healthy: 1,
    ready: 1,
  });
});

Deno.test("While one of two upstreams works, status exits with 0 and says degraded", async () => {
  const dead = ["--upstream", "tcp://127.0.0.1:9"];
  await using scenario = await startScenario({ args: dead, script: (query) => query.answer() });
  const state = async () => JSON.parse((await run(scenario.program, "status", "--json")).stdout);
  let told = await state();
  for (let each = 0; told.state !== "degraded" && each < 20; each++) {
    await scenario.udp().ask(buildQuery(`n${each}.example`));
    told = await state();
  }
  assertEquals([told.state, told.healthy], ["degraded", true]);
  const { code, stdout } = await run(scenario.program, "status");
  assertEquals(code, 0);
  assertMatch(stdout, /^Degraded: upstream 127\.0\.0\.1:9 /);
});

Deno.test("Probes over HTTP take GET and HEAD only, and their replies are not kept", async () => {
  await using program = await startProgram(NOWHERE);
  using client = await HttpClient.connect(metricsPort(program));
  for (const path of ["/livez", "/readyz"]) {
    const { fields, status, text } = await client.get(path);
    assertEquals([status, text.split("\n")[0]], [200, "ok"]);
    assertEquals(fields.get("content-type"), "text/plain; charset=utf-8");
    assertEquals(fields.get("cache-control"), "no-store");
    await client.send(`HEAD ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    const head = await client.reply(false);
    assertEquals([head.status, head.text], [200, ""]);
    await client.send(`PUT ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    const { status: refused, fields: more } = await client.reply();
    assertEquals([refused, more.get("allow")], [405, "GET, HEAD"]);
  }
});

Deno.test("dnsfwd check --ready says in one line whether the one that runs is ready", async () => {
  await using program = await startProgram([...NOWHERE, "--ready-name", "up.test"]);
  const { hostname, port } = program.address;
  const own = ["--runtime-dir", program.runtimeDirectory];
  const there = ["--listen", `${hostname}:${port}`, "--ready-name", "up.test"];
  const cases: [string[], number, RegExp][] = [
    [own, 0, /^Ready\n$/],
    [[...own, ...there], 0, /^Ready\n$/],
    [["--runtime-dir", "/nonexistent/dnsfwd", ...there], 0, /^Ready\n$/],
    [
      [...own, "--listen", "127.0.0.1:9"],
      1,
      /^dnsfwd: Not ready: no answer on 127\.0\.0\.1:9 .*\n$/,
    ],
    [["--runtime-dir", "/nonexistent/dnsfwd"], 1, /^dnsfwd: Not ready: Not running .*\n$/],
    [[...own, "--listen", "nowhere"], 2, /^dnsfwd: --listen "nowhere": .*\n$/],
    [[...own, "--json"], 2, /^dnsfwd: --ready: cannot be combined with --json\n$/],
  ];
  for (const [args, expected, text] of cases) {
    const { code, stderr, stdout } = await runProgram(["check", "--ready", ...args]);
    assertEquals(code, expected, `${args} ${stdout}${stderr}`);
    assertMatch(stdout + stderr, text);
  }
});

Deno.test("A program that drains serves everybody, says everywhere that it is not ready, and ends on a second signal", async () => {
  await using scenario = await startScenario({
    args: [...METRICS, "--drain", "300"],
    script: (query) => query.answer(),
  });
  const { program } = scenario;
  assertEquals((await ask(program, READY)).rcode, RCODE.NOERROR);
  using open = await HttpClient.connect(metricsPort(program));
  assertEquals((await open.get("/readyz")).status, 200);
  program.signal("SIGTERM");
  await waitUntil(() => program.stderr.includes("Draining"), "draining");
  const { status, text } = await open.get("/readyz");
  assertEquals(status, 503);
  assertMatch(text, /^Draining: ends in (300|29\d) s\n$/);
  assertEquals(await get(program, "/livez"), [[200, "ok\n"]]);
  for (const client of [scenario.udp(), await scenario.tcp()]) {
    const query = buildQuery("late.example");
    assertAnswered(query, await client.ask(query));
  }
  const reply = await ask(program, READY);
  assertEquals(reply.rcode, RCODE.SERVFAIL);
  assertMatch(errorText(reply), /^Draining: ends in /);
  const ready = await run(program, "check", "--ready");
  assertEquals(ready.code, 1);
  assertMatch(ready.stderr, /^dnsfwd: Not ready: Draining: ends in \d+ s\n$/);
  assertStringIncludes((await run(program, "status")).stdout, "\nNot ready: Draining: ends in ");
  program.signal("SIGTERM");
  assertEquals((await program.exit).code, 0);
});

Deno.test("dnsfwd stop waits for a program that drains, and does not kill it; asked again, it ends at once", async () => {
  using manager = new NotifyListener("file");
  const env = { NOTIFY_SOCKET: manager.name };
  await using program = await startProgram([...NOWHERE, "--drain", "6"], { env });
  const { code, stderr, stdout } = await run(program, "stop");
  const pid = program.pid;
  assertEquals([code, stdout], [0, `Stopped dnsfwd (process ${pid})\n`]);
  assertEquals(stderr, `dnsfwd: Process ${pid} goes on serving for 6 s before it ends\n`);
  assertEquals((await program.exit).code, 0);
  const stopping = await manager.nextWith("STOPPING=1");
  assertEquals(stopping[1], "EXTEND_TIMEOUT_USEC=11000000");
  await using other = await startProgram([...NOWHERE, "--drain", "300"]);
  const first = run(other, "stop");
  await waitUntil(() => other.stderr.includes("Draining"), "draining");
  other.signal("SIGTERM");
  assertEquals((await first).code, 0);
  assertEquals((await other.exit).code, 0);
});

Deno.test("With readiness by upstream the program is ready once one has answered, though no client has asked", async () => {
  await using scenario = await startScenario({
    args: [...METRICS, "--readiness", "upstream"],
    script: (query) => query.answer(),
  });
  await waitUntil(() => scenario.upstream.queries.length > 0, "a question of its own", 10_000);
  let replies = await get(scenario.program, "/readyz");
  const isReady = () => replies[0][0] === 200;
  for (let each = 0; each < 100 && !isReady(); each++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    replies = await get(scenario.program, "/readyz");
  }
  assertEquals(replies, [[200, "ok\n"]]);
});

Deno.test("Metrics and status say which of many instances it is, and nobody is told where it is to have no name", async () => {
  await using named = await startProgram([...NOWHERE, "--identity", "box 1"]);
  const [[, text]] = await get(named, "/metrics");
  assertEquals(samplesOf(text).get(sampleName("dnsfwd_info", { identity: "box 1" })), 1);
  const status = await run(named, "status", "--json");
  assertEquals(JSON.parse(status.stdout).identity, "box 1");
  await using nameless = await startProgram([...NOWHERE, "--identity", "none"]);
  const [[, other]] = await get(nameless, "/metrics");
  assert(!other.includes("dnsfwd_info"));
});
