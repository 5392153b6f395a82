/** What the program logs, in which form, and what it remembers beyond that. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { UdpClient } from "../helpers/client.ts";
import { Program, runProgram } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { freePort } from "../helpers/real_peer.ts";
import { startScenario } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";

const SECRET = "secret-name-of-a-client";

Deno.test("dnsfwd --log-format json writes one object a line, that says what it is about", async () => {
  await using upstream = new ScriptedUpstream({ script: (query) => query.answer() });
  const listen = `127.0.0.1:${freePort()}`;
  const args = ["--upstream", upstream.uri, "--listen", listen, "--log-format", "json"];
  await using program = new Program(args, {});
  const has = (text: string) => program.stderr.includes(text);
  await waitUntil(() => has("Forwarding to ") || program.ended, "the start");
  const port = Number(listen.split(":").at(-1));
  using client = new UdpClient({ transport: "udp", hostname: "127.0.0.1", port });
  assertEquals((await client.ask(buildQuery("www.example"))).rcode, 0);
  const { code, stderr } = await program.stop();
  assertEquals(code, 0);
  const objects = stderr.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  for (const { time, level, category, message } of objects) {
    assertMatch(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert(["info", "warning"].includes(level), level);
    assertEquals([typeof category, typeof message], ["string", "string"]);
  }
  const find = (text: string) => objects.find(({ message }) => message.startsWith(text));
  assertEquals(find("Listening on ").category, "listener");
  assertEquals(find("Stopping").category, "service");
  const { category, upstream: name } = find("Connected to upstream ");
  assertEquals([category, name], ["upstream", upstream.uri]);
});

Deno.test("dnsfwd on SIGQUIT logs the events before, debug included, and goes on; none has a name of a query", async () => {
  await using scenario = await startScenario({ script: (query) => query.answer() });
  const { program, upstream } = scenario;
  await scenario.udp().ask(buildQuery(`${SECRET}.example`));
  upstream.script = () => {};
  for (const connection of upstream.connections) connection.stop();
  const pending = scenario.udp().ask(buildQuery(`other.${SECRET}.example`));
  await waitUntil(() => upstream.queries.length > 1, "the second query");
  upstream.script = (query) => query.answer();
  for (const connection of upstream.connections) connection.stop();
  assertEquals((await pending).rcode, 0);
  program.signal("SIGQUIT");
  await waitUntil(() => program.stderr.includes("End of the flight recorder\n"), "the dump");
  assertStringIncludes(program.stderr, "Flight recorder (asked for by SIGQUIT), all ");
  assertMatch(program.stderr, /Event \S+ \S+Z upstream debug: Connection to upstream \S+ ended/);
  assertMatch(program.stderr, /Event \S+ \S+Z listener info: Listening on /);
  assert(!program.stderr.includes(SECRET));
  assertEquals((await scenario.udp().ask(buildQuery("www.example"))).rcode, 0);
  assertEquals((await program.stop()).code, 0);
});

Deno.test("dnsfwd status --events shows what happened, which a log of errors does not have", async () => {
  await using scenario = await startScenario({ args: ["--log-level", "info,upstream=error"] });
  const { program } = scenario;
  const socket = `${program.runtimeDirectory}/control.sock`;
  await waitUntil(() => isThere(socket), "the control socket");
  await scenario.udp().ask(buildQuery(`${SECRET}.example`));
  const env = { RUNTIME_DIRECTORY: program.runtimeDirectory };
  const { code, stdout, stderr } = await runProgram(["status", "--events"], { env });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z \w+ info: /);
  assertMatch(stdout, /Z upstream info: Connected to upstream tls:/);
  assert(!stdout.includes(SECRET));
  assert(!program.stderr.includes("Connected to upstream"));
});

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
