/** The query log of the program, as whoever reads the file sees it. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exchange, UdpClient } from "../helpers/client.ts";
import { FLAG, RCODE, TYPE } from "../helpers/message.ts";
import { Program, runProgram } from "../helpers/program.ts";
import { parseLog, readLog } from "../helpers/query_log.ts";
import { addressRecords, buildQuery } from "../helpers/query.ts";
import { freePort } from "../helpers/real_peer.ts";
import { type Scenario, type ScenarioOptions, startScenario } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-queries-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs the program with a query log; the lines that it has written by its end. */
async function logged(
  use: (scenario: Scenario) => Promise<unknown>,
  { args = [], ...options }: ScenarioOptions = {},
) {
  let lines: ReturnType<typeof readLog> = [];
  let uri = "";
  await withFolder(async (folder) => {
    const path = `${folder}/queries.log`;
    const more = ["--query-log", path, ...args];
    const scenario = await startScenario({ plain: true, ...options, args: more });
    uri = scenario.upstream.uri;
    try {
      await use(scenario);
    } finally {
      await scenario.stop();
    }
    lines = readLog(path);
  });
  return { lines, uri };
}

Deno.test("dnsfwd --query-log has a line for each query: who asked what, the reply, how long it took, and whom it came from", async () => {
  const start = Date.now();
  let bytes = 0;
  const { lines, uri } = await logged(async (scenario) => {
    const reply = await scenario.udp().ask(buildQuery("Www.Example", { type: TYPE.AAAA }));
    bytes = reply.octets.length;
    await (await scenario.tcp()).ask(buildQuery("tcp.example", { class: 3 }));
  }, { script: async (query, upstream) => (await upstream.delay(30), query.answer()) });
  const [first, second] = lines;
  const { time, ms = 0, ...rest } = first;
  assertEquals(rest, {
    ...{ client: "127.0.0.1", transport: "udp", name: "Www.Example.", type: "AAAA" },
    ...{ rcode: "NOERROR", bytes, from: "upstream", upstream: uri },
  });
  assert(ms >= 29 && ms < 3000, `${ms}`);
  assertMatch(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert(Date.parse(time) >= start && Date.parse(time) <= Date.now(), time);
  assertEquals([lines.length, second.transport, second.class, second.name], [
    2,
    "tcp",
    "CH",
    "tcp.example.",
  ]);
});

Deno.test("dnsfwd --query-log has a line for each client whose query was joined, and for one that gets what is remembered", async () => {
  const { lines, uri } = await logged(async (scenario) => {
    scenario.upstream.script = () => {};
    const clients = Array.from({ length: 3 }, () => scenario.udp());
    for (const client of clients) await client.send(buildQuery("same.example"));
    await scenario.upstream.received(1);
    await waitUntil(() => scenario.upstream.queries.length === 1, "one query");
    while ((await scenario.program.summary()).joined < 2);
    scenario.upstream.queries[0].answer({ rcode: RCODE.SERVFAIL });
    for (const client of clients) await client.next();
    await clients[0].ask(buildQuery("same.example"));
  });
  const ways = lines.map(({ from }) => from);
  assertEquals([ways.slice(0, 3).toSorted(), ways[3]], [
    ["joined", "joined", "upstream"],
    "remembered",
  ]);
  assertEquals(lines.map(({ rcode, upstream }) => [rcode, upstream]), [
    ...Array(4).fill(["SERVFAIL", uri]),
  ]);
});

Deno.test("dnsfwd --query-log tells TC, and that the large response was still there for TCP", async () => {
  const { lines } = await logged(async (scenario) => {
    const answers = addressRecords("large.example", 100);
    scenario.upstream.script = (query) => query.answer({ answers });
    const { flags } = await scenario.udp().ask(buildQuery("large.example"));
    assertEquals(flags & FLAG.TC, FLAG.TC);
    await (await scenario.tcp()).ask(buildQuery("large.example"));
  });
  assertEquals(lines.map(({ transport, tc, from }) => [transport, tc, from]), [
    ["udp", true, "upstream"],
    ["tcp", undefined, "recent"],
  ]);
});

Deno.test("dnsfwd --query-log says in words why there was no response, and which upstream was asked", async () => {
  const port = freePort();
  await withFolder(async (folder) => {
    const path = `${folder}/queries.log`;
    const upstream = `tls://127.0.0.1:${port}#dns.example`;
    const listen = ["--listen", "127.0.0.1:0", "--query-log", path];
    await using program = new Program(["--upstream", upstream, ...listen], {});
    await waitUntil(() => program.addresses.length > 0 || program.ended, "start");
    using client = new UdpClient(program.address);
    await client.ask(buildQuery("www.example"));
    await program.stop();
    const [{ rcode, cause = "", upstream: asked, ms = 0 }] = readLog(path);
    assertEquals([rcode, asked], ["SERVFAIL", upstream]);
    assertStringIncludes(cause, "connection refused");
    assert(ms > 4000, `${ms}`);
  });
});

Deno.test("dnsfwd --query-log tells of what is answered here: what it does not do, what is malformed", async () => {
  const { lines } = await logged(async (scenario) => {
    const client = scenario.udp();
    await client.ask(buildQuery("notify.example", { flags: 4 << 11 }));
    await client.ask(buildQuery("zone.example", { type: 252 }));
    await client.ask(buildQuery("none.example", { questions: [] }));
    await client.ask(buildQuery("new.example", { edns: { version: 7 } }));
  });
  assertEquals(lines.map(({ name, rcode, from, cause }) => [name, rcode, from, cause]), [
    ["notify.example.", "NOTIMP", "here", "Not Supported"],
    ["zone.example.", "REFUSED", "here", "Not Supported"],
    [undefined, "FORMERR", "here", undefined],
    ["new.example.", "BADVERS", "here", undefined],
  ]);
});

Deno.test("dnsfwd --query-log tells names with any octets in ASCII, and clients over IPv6", async () => {
  const names = ["\\000\\255.example", "a\\046b\\032c.example", 'quo"te\\092.example'];
  const { lines } = await logged(async (scenario) => {
    const client = scenario.udp();
    for (const name of names) await client.ask(buildQuery(name));
  }, { listen: ["[::1]:0"] });
  assertEquals(lines.map(({ client, name }) => [client, name]), [
    ["::1", "\\000\\255.example."],
    ["::1", "a\\.b\\032c.example."],
    ["::1", 'quo\\"te\\\\.example.'],
  ]);
});

for (const [detail, client] of [["prefix", "127.0.0.0/24"], ["none", undefined]] as const) {
  Deno.test(`dnsfwd --query-log-clients ${detail} tells no address of a client`, async () => {
    const { lines } = await logged(async (scenario) => {
      await scenario.udp().ask(buildQuery("www.example"));
      await (await scenario.tcp()).ask(buildQuery("www.example"));
    }, { args: ["--query-log-clients", detail] });
    assertEquals(lines.map((line) => line.client), [client, client]);
  });
}

Deno.test("dnsfwd --query-log writes a burst of queries whole, each once", async () => {
  const names = Array.from({ length: 500 }, (_, at) => `n${at}.example`);
  const { lines } = await logged(async (scenario) => {
    await exchange(await scenario.tcp(), names.map((name) => buildQuery(name)));
  });
  assertEquals(
    lines.map(({ name }) => name).toSorted(),
    names.map((name) => `${name}.`).toSorted(),
  );
});

Deno.test("dnsfwd without --query-log, or with none, writes no file and tells of none", async () => {
  await withFolder(async (folder) => {
    for (const args of [[], ["--query-log", "none"]]) {
      const options = { plain: true, args, env: { TMPDIR: folder } };
      await using scenario = await startScenario(options);
      await scenario.udp().ask(buildQuery("www.example"));
      const places = ["--runtime-dir", scenario.program.runtimeDirectory];
      const { stdout } = await runProgram(["status", ...places]);
      assertEquals(stdout.includes("Query log"), false, stdout);
      assertEquals(scenario.program.stderr.includes("ogging queries"), false);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("dnsfwd --query-log makes a file for its user alone, says where it is, and status how much is in it", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/queries.log`;
    await using scenario = await startScenario({ plain: true, args: ["--query-log", path] });
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    await scenario.udp().ask(buildQuery("www.example"));
    await waitUntil(() => readLog(path).length === 1, "the line, while it runs");
    const { stderr, runtimeDirectory } = scenario.program;
    assertStringIncludes(stderr, `Logging queries to ${path} (addresses of clients: full)\n`);
    const { stdout } = await runProgram(["status", "--runtime-dir", runtimeDirectory]);
    assertStringIncludes(stdout, `\nQueries to ${path}, 1 line\n`);
  });
});

Deno.test("dnsfwd --query-log stdout writes to standard output, and the log to standard error", async () => {
  const scenario = await startScenario({ plain: true, args: ["--query-log", "stdout"] });
  await scenario.udp().ask(buildQuery("www.example"));
  const { stdout, stderr } = await scenario.stop();
  assertEquals(parseLog(stdout).map(({ name }) => name), ["www.example."]);
  assertStringIncludes(stderr, "Logging queries to standard output (addresses of clients: full)\n");
});

Deno.test("dnsfwd --query-log serves where the file cannot be made, and says why; check does so beforehand", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/missing/queries.log`;
    const args = ["--query-log", path];
    await using scenario = await startScenario({ plain: true, args });
    await scenario.udp().ask(buildQuery("www.example"));
    await waitUntil(() => scenario.program.stderr.includes("missing in the"), "the warnings");
    const warnings = scenario.program.stderr.split("\n").filter((line) => line.includes("Warning"))
      .map((line) => line.replace(/^\S+ \S+ /, ""));
    assertEquals(warnings, [
      `Warning: Cannot write the query log ${path}: no such directory`,
      "Warning: One query is missing in the query log: the log could not be written",
    ]);
    const rest = ["--upstream", "tcp://127.0.0.1:9", "--listen", "127.0.0.1:0"];
    const { code, stderr } = await runProgram(["check", ...rest, ...args]);
    const reason = `there is no directory ${folder}/missing`;
    const text = `dnsfwd: Warning: Cannot write the query log ${path}: ${reason}\n`;
    assertEquals([code, stderr], [0, text]);
    const good = await runProgram(["check", ...rest, "--query-log", `${folder}/new.log`]);
    assertEquals([good.code, good.stderr, [...Deno.readDirSync(folder)]], [0, "", []]);
  });
});

Deno.test("dnsfwd names what is wrong with the options of the query log", async () => {
  const upstream = ["--upstream", "tcp://127.0.0.1:9"];
  const cases: [string[], string][] = [
    [
      ["run", ...upstream, "--query-log-clients", "some"],
      '--query-log-clients "some": allowed are full, prefix, none',
    ],
    [
      ["start", ...upstream, "--query-log", "stdout"],
      '--query-log "stdout": expected a file, as nobody reads the standard output in the background',
    ],
    ...[["./a.log", "a.log"], ["a.log.1", "a.log"], ["a.log", "a.log.12"]].map((
      [log, other],
    ): [string[], string] => [
      ["run", ...upstream, "--query-log", log, "--log-file", other],
      `--query-log "${log}": expected another file than those of --log-file "${Deno.cwd()}/${other}"`,
    ]),
  ];
  for (const [args, text] of cases) {
    const { code, stderr } = await runProgram(args);
    assertEquals([code, stderr], [2, `dnsfwd: ${text}\n`]);
  }
});
