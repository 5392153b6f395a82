/** What a user learns of upstreams before anybody has asked anything: the log at the start, and `check --connect`. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createAuthority } from "../helpers/certificate.ts";
import { UdpClient } from "../helpers/client.ts";
import { type Exit, runProgram, startProgram } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { startScenario, startWithUpstreams, trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { TemporaryFile } from "../helpers/temp_directory.ts";
import { waitUntil } from "../helpers/waiting.ts";

const LISTEN = ["--listen", "127.0.0.1:0"];
/** Nobody listens there. */
const REFUSED = "tcp://127.0.0.1:9";

Deno.test("the log says at the start, before any query, that an upstream's certificate is for another name", async () => {
  await using scenario = await startScenario({ name: "other.example" });
  const { program } = scenario;
  await waitUntil(() => program.stderr.includes("Cannot reach upstream"), "warning");
  assertMatch(program.stderr, /Cannot reach upstream .*: certificate is for another name/);
  assertEquals((await program.summary()).received, 0);
});

Deno.test("the log says at the start which of several upstreams was connected to and which was not", async () => {
  const { authority, identity } = await trust();
  await using good = new ScriptedUpstream({ identity });
  const uris = [REFUSED, `${good.uri}#${UPSTREAM_NAME}`];
  await using program = await startWithUpstreams(uris, authority);
  await waitUntil(() => program.stderr.includes("Connected to upstream"), "connection");
  await waitUntil(() => program.stderr.includes("Cannot reach upstream"), "warning");
  assertStringIncludes(program.stderr, `Connected to upstream ${uris[1]} in `);
  assertStringIncludes(program.stderr, `Cannot reach upstream ${REFUSED}: connection refused`);
});

Deno.test("the log says at the start what comes of an upstream where clients are kept apart, and the first client gets that connection", async () => {
  await using scenario = await startScenario({ args: ["--isolate", "client"] });
  const { program, upstream } = scenario;
  await waitUntil(() => program.stderr.includes("Connected to upstream"), "connection");
  assertEquals(upstream.queries.length, 0);
  for (const host of ["127.0.0.1", "127.0.0.2"]) {
    using client = new UdpClient(program.address, host);
    await client.ask(buildQuery(`${host}.example`));
  }
  assertEquals(upstream.connections.map(({ queries }) => queries.length), [1, 1]);
});

Deno.test("the log says after a reload what comes of an upstream that it brought", async () => {
  await using upstream = new ScriptedUpstream();
  using file = new TemporaryFile(`upstream = ["${upstream.uri}"]\nlisten = ["127.0.0.1:0"]\n`);
  await using program = await startProgram(["--config", file.path]);
  await waitUntil(() => program.stderr.includes("Connected to upstream"), "connection");
  Deno.writeTextFileSync(file.path, `upstream = ["${REFUSED}"]\nlisten = ["127.0.0.1:0"]\n`);
  program.signal("SIGHUP");
  await waitUntil(() => program.stderr.includes("Cannot reach upstream"), "warning");
  assertStringIncludes(program.stderr, `Cannot reach upstream ${REFUSED}: connection refused`);
});

async function checkConnecting(uris: readonly string[], ...more: string[]): Promise<Exit> {
  const { authority } = await trust();
  using ca = new TemporaryFile(authority.pem);
  const upstreams = uris.flatMap((uri) => ["--upstream", uri]);
  const args = [...LISTEN, ...upstreams, "--ca", ca.path, "--state-dir", "none"];
  return await runProgram(["check", "--connect", ...args, ...more]);
}

Deno.test("dnsfwd check --connect asks each upstream, and fails only if none works", async (t) => {
  const { identity } = await trust();
  await using good = new ScriptedUpstream({ identity });
  await using refusing = new ScriptedUpstream({ script: (query) => query.answer({ rcode: 5 }) });
  await using ending = new ScriptedUpstream({ script: ({ connection }) => connection.stop() });
  const works = `${good.uri}#${UPSTREAM_NAME}`;
  const cases: [string, string[], number, RegExp, RegExp][] = [
    [
      "one that works",
      [works],
      0,
      /^Works: tls:.* \(connected in \d+ ms, answered in \d+ ms\)$/m,
      /^$/,
    ],
    [
      "the second works",
      [REFUSED, works],
      0,
      /^Works: tls:/m,
      /Warning: Upstream tcp:.*: connection refused/,
    ],
    [
      "another name",
      [`${good.uri}#x.example`],
      1,
      /^$/,
      /Upstream tls:.*: certificate is for another name/,
    ],
    ["nobody there", [REFUSED], 1, /^$/, /Upstream tcp:.*: connection refused/],
    ["one that refuses", [refusing.uri], 1, /^$/, /connected, but it answers REFUSED when asked/],
    ["one that ends", [ending.uri], 1, /^$/, /Upstream tcp:.*: connected, but /],
  ];
  for (const [what, uris, code, stdout, stderr] of cases) {
    await t.step(what, async () => {
      const exit = await checkConnecting(uris);
      assertEquals(exit.code, code, exit.stderr);
      assertMatch(exit.stdout, stdout);
      assertMatch(exit.stderr.trim(), stderr);
    });
  }
});

Deno.test("dnsfwd check --connect takes a stranger's certificate for no upstream", async () => {
  const stranger = await (await createAuthority("Stranger")).issue({ dnsNames: [UPSTREAM_NAME] });
  await using upstream = new ScriptedUpstream({ identity: stranger });
  const { code, stderr } = await checkConnecting([`${upstream.uri}#${UPSTREAM_NAME}`]);
  assertEquals([code, upstream.queries.length], [1, 0]);
  assertStringIncludes(stderr, "certificate of an unknown authority");
});

Deno.test("dnsfwd check --json has every finding, where it stands, and what became of each upstream", async () => {
  await using upstream = new ScriptedUpstream();
  const tried = await checkConnecting([REFUSED, upstream.uri], "--json");
  const report = JSON.parse(tried.stdout);
  assertEquals([tried.code, tried.stderr, report.exitCode], [0, "", 0]);
  assertEquals(report.findings, [{
    severity: "warning",
    kind: "warning",
    message: `Upstream ${REFUSED}: connection refused`,
  }]);
  assertEquals(
    report.upstreams.map((
      { uri, works, problem }: Record<string, unknown>,
    ) => [uri, works, problem]),
    [[REFUSED, false, "connection refused"], [upstream.uri, true, null]],
  );
});

Deno.test("dnsfwd check --json tells settings, files and command lines that are wrong as data", async () => {
  using file = new TemporaryFile(
    'upstream = ["tcp://127.0.0.1:9"]\nlisten = ["127.0.0.1:99999"]\n',
  );
  const { code, stderr, stdout } = await runProgram(["check", "--json", "--config", file.path]);
  assertEquals([code, stderr], [2, ""]);
  const { exitCode, findings } = JSON.parse(stdout);
  assertEquals(exitCode, 2);
  assertEquals(findings.length, 1);
  const { kind, line, message: _, severity, setting, value, ...rest } = findings[0];
  assertEquals([severity, kind, rest.file, line, setting, value], [
    "error",
    "setting",
    file.path,
    2,
    "listen",
    "127.0.0.1:99999",
  ]);
  const typo = await runProgram(["check", "--json", "--no-such-option"]);
  assertEquals([typo.code, JSON.parse(typo.stdout).findings[0].value], [2, "--no-such-option"]);
});

Deno.test("dnsfwd check --no-listen looks at settings and files only, for another machine", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const elsewhere = [
    ...["--listen", `127.0.0.1:${taken.addr.port}`, "--listen", "192.0.2.1"],
    ...["--user", "no-such-user", "--runtime-dir", "/proc/none", "--state-dir", "/proc/none"],
    ...["--metrics", "192.0.2.1:9", "--log-file", "/proc/none/log", "--upstream", REFUSED],
  ];
  assertEquals((await runProgram(["check", ...elsewhere])).code, 2);
  const exit = await runProgram(["check", "--no-listen", ...elsewhere]);
  assertEquals([exit.code, exit.stderr], [0, ""]);
  const missing = await runProgram(["check", "--no-listen", ...elsewhere, "--ca", "/no/such.pem"]);
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, "no such file");
});
