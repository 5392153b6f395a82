/** A running program is found, asked and ended, by the commands of its user. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { buildQuery } from "../helpers/query.ts";
import { type Exit, Program, runProgram, startProgram } from "../helpers/program.ts";
import { startScenario } from "../helpers/scenario.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";
import { waitUntil } from "../helpers/waiting.ts";
import { RawClient } from "../app/instance/control_stage.ts";

const RUN = ["run", "--upstream", "tcp://127.0.0.1:1", "--listen", "127.0.0.1:0"];

/** A command about the program that runs in `directory`. */
function command(name: string, directory: string): Promise<Exit> {
  return runProgram([name], { env: { RUNTIME_DIRECTORY: directory } });
}

async function isServing(program: Program): Promise<void> {
  const socket = `${program.runtimeDirectory}/control.sock`;
  await waitUntil(() => exists(socket) || program.ended, "the control socket");
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("dnsfwd status says what the running one does, and reload, reset and stop reach it", async () => {
  await using scenario = await startScenario();
  const { program } = scenario;
  await isServing(program);
  await scenario.udp().ask(buildQuery("www.example"));
  const directory = program.runtimeDirectory;
  const status = await command("status", directory);
  assertEquals(status.code, 0, status.stderr);
  assertEquals(status.stderr, "");
  const { port } = program.address;
  const expected = [
    /^Working: [\d.]+ queries\/s, half answered within [\d.]+ ms\n/,
    /\nUpstream tls:\/\/127\.0\.0\.1:\d+#upstream\.test\.example\n state connected, works for /,
    /\n total 1 received, 1 answered, 0 of them without a response,\n/,
    new RegExp(String.raw`\nProgram dnsfwd \d+\.\d+\.\d+, process ${program.pid}\n`),
    /\nRunning for \d+ s, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\n/,
    new RegExp(`\nListening 127\\.0\\.0\\.1:${port}\n`),
    /\nConfig command line only, read \d+ s ago\n$/,
  ];
  const text = status.stdout.replaceAll(/ +/g, " ");
  for (const pattern of expected) assertMatch(text, pattern);

  const reset = await command("reset", directory);
  assertEquals(reset, { code: 0, stdout: "Renewed the connections to upstreams\n", stderr: "" });
  assertStringIncludes(program.stderr, "Asked to by dnsfwd reset: renewing the connections");
  const reload = await command("reload", directory);
  assertEquals(reload, { code: 0, stdout: "Reloaded\n", stderr: "" });

  const stop = await command("stop", directory);
  assertEquals(stop, { code: 0, stdout: `Stopped dnsfwd (process ${program.pid})\n`, stderr: "" });
  const exit = await program.exit;
  assertEquals(exit.code, 0);
  assertStringIncludes(exit.stderr, "Stopping\n");
});

Deno.test("dnsfwd stop lets what is in flight be answered", async () => {
  await using scenario = await startScenario();
  const { program, upstream } = scenario;
  upstream.script = async (query) => {
    await waitUntil(() => program.stderr.includes("Stopping"), "the end");
    await query.answer();
  };
  await isServing(program);
  const reply = scenario.udp().ask(buildQuery("www.example"));
  await waitUntil(() => upstream.queries.length > 0, "the query upstream");
  const stop = await command("stop", program.runtimeDirectory);
  assertEquals(stop.code, 0, stop.stderr);
  assertEquals((await reply).rcode, 0);
});

Deno.test("dnsfwd status, reload and reset end with 1 where none runs, also after a kill, and stop with 0", async () => {
  using temp = new TempDirectory();
  const program = await startProgram(RUN, { env: { RUNTIME_DIRECTORY: temp.path } });
  await waitUntil(() => temp.names.includes("control.sock"), "the control socket");
  program.signal("SIGKILL");
  await program.exit;
  assertEquals(temp.names, ["control.sock", "instance.lock"]);
  for (const directory of [temp.path, `${temp.path}/none`]) {
    for (const name of ["status", "reload", "reset"]) {
      const stderr = `dnsfwd: Not running (looked in ${directory})\n`;
      assertEquals(await command(name, directory), { code: 1, stdout: "", stderr });
    }
    const stdout = `dnsfwd is not running (looked in ${directory})\n`;
    assertEquals(await command("stop", directory), { code: 0, stdout, stderr: "" });
  }
});

Deno.test("dnsfwd stop kills one that stands still, and says so; status says that it does not answer", async () => {
  await using program = await startProgram(RUN);
  await isServing(program);
  program.signal("SIGSTOP");
  const [status, stop] = await Promise.all([
    command("status", program.runtimeDirectory),
    command("stop", program.runtimeDirectory),
  ]);
  const { pid } = program;
  assertEquals(status.code, 1);
  assertMatch(
    status.stderr,
    new RegExp(`^dnsfwd: (Process ${pid} does not answer|Not r)`),
  );
  assertEquals(stop.code, 0);
  assertEquals(stop.stderr, `dnsfwd: Process ${pid} did not end within 5 s; killing it\n`);
  assertEquals(stop.stdout, `Stopped dnsfwd (process ${pid})\n`);
  assertEquals((await program.exit).code, 137);
});

Deno.test("dnsfwd stop ends one whose control socket was removed", async () => {
  await using program = await startProgram(RUN);
  await isServing(program);
  await Deno.remove(`${program.runtimeDirectory}/control.sock`);
  const stop = await command("stop", program.runtimeDirectory);
  assertEquals(stop.code, 0, stop.stderr);
  assertEquals((await program.exit).code, 0);
});

Deno.test("dnsfwd runs beside another one in the usual directory, and not in one that was asked for", async () => {
  await using first = await startProgram(RUN);
  await isServing(first);
  const directory = first.runtimeDirectory;
  const who = `Process ${first.pid} already runs in ${directory}`;
  const env = { RUNTIME_DIRECTORY: directory };
  await using second = await startProgram(RUN, { env });
  assertStringIncludes(second.stderr, `${who}; running without a control socket`);
  const third = await runProgram([...RUN, "--runtime-dir", directory]);
  assertEquals([third.code, third.stderr], [1, `dnsfwd: ${who}\n`]);
  const status = await command("status", directory);
  assertStringIncludes(status.stdout, `, process ${first.pid}\n`);
});

Deno.test("dnsfwd runs where nothing can be made in its usual directory, and not in one that was asked for", async () => {
  const file = await Deno.makeTempFile({ prefix: "dnsfwd-test-" });
  try {
    await using program = await startProgram(RUN, { env: { RUNTIME_DIRECTORY: `${file}/run` } });
    assertStringIncludes(program.stderr, "Warning: Running without a control socket: cannot use");
    const { code, stderr } = await runProgram([...RUN, "--runtime-dir", `${file}/run`]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `dnsfwd: --runtime-dir "${file}/run": cannot be used: `);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("dnsfwd makes nothing with --runtime-dir none", async () => {
  await using program = await startProgram([...RUN, "--runtime-dir", "none"]);
  assertEquals((await program.stop()).code, 0);
  assert(!exists(program.runtimeDirectory));
});

Deno.test("Forwarder answers clients while its control socket is abused", async () => {
  await using scenario = await startScenario();
  await isServing(scenario.program);
  const path = `${scenario.program.runtimeDirectory}/control.sock`;
  using stack = new DisposableStack();
  for (let turn = 0; turn < 30; turn++) {
    const client = stack.use(new RawClient(await Deno.connect({ transport: "unix", path })));
    if (turn % 3 === 0) await client.send("x".repeat(1_000_000));
    if (turn % 3 === 1) await client.send('{"version":1,"command":"sta');
    const reply = await scenario.udp().ask(buildQuery(`www${turn}.example`));
    assertEquals(reply.rcode, 0);
  }
  assert(!scenario.program.stderr.includes("Error"), scenario.program.stderr);
});
