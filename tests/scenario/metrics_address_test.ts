/** Where `--metrics` is served: what a reload makes of it, and what cannot be. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { get, HttpClient } from "../helpers/http_client.ts";
import { logLines, metricsPort } from "../helpers/metrics.ts";
import { type Program, runProgram, startProgram } from "../helpers/program.ts";
import { freePort } from "../helpers/real_peer.ts";
import { ANY } from "../helpers/reload_stage.ts";
import { waitUntil } from "../helpers/waiting.ts";

const METRICS = ["--metrics", "127.0.0.1:0"];
const NOWHERE = ["--upstream", "tcp://127.0.0.1:9"];

/** Resolves once nobody listens there, which is a moment after the log says so. */
async function refused(port: number): Promise<void> {
  const end = performance.now() + 3000;
  try {
    while (performance.now() < end) await get(port, "/metrics");
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return;
    throw error;
  }
  throw new Error(`Port ${port} is still served`);
}

/** A program whose configuration file a test writes. */
async function withFile(
  text: string,
  test: (program: Program, write: (text: string) => Promise<string>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-metrics-" });
  const file = `${folder}/dnsfwd.toml`;
  const all = (text: string) => `upstream = "tcp://127.0.0.1:9"\nlisten = "127.0.0.1:0"\n${text}`;
  try {
    await Deno.writeTextFile(file, all(text));
    await using program = await startProgram(["--config", file]);
    await test(program, async (text) => {
      await Deno.writeTextFile(file, all(text));
      const before = logLines(program, /Configuration .*reloaded/).length;
      program.signal("SIGHUP");
      const isTold = () => logLines(program, /Configuration .*reloaded/).length > before;
      await waitUntil(isTold, "a line of the reload");
      return logLines(program, /Configuration .*reloaded/)[before];
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("dnsfwd begins, moves and ends --metrics at a reload", async () => {
  await withFile("", async (program, write) => {
    const [first, second] = [freePort(), freePort()];
    assertMatch(await write(`metrics = "${first}"`), /--metrics changed/);
    assertEquals((await get(first, "/metrics")).status, 200);
    using old = await HttpClient.connect(first);
    assertMatch(await write(`metrics = "127.0.0.1:${second}"`), /--metrics changed/);
    assertEquals((await get(second, "/metrics")).status, 200);
    await old.end();
    assertMatch(await write(""), /--metrics changed/);
    for (const port of [first, second]) await refused(port);
    assertEquals(logLines(program, /Metrics at/).length, 2);
  });
});

Deno.test("dnsfwd keeps the configuration, and --metrics, where the new address cannot be had or another setting is no good", async () => {
  const [port, other] = [freePort(), freePort()];
  await withFile(`metrics = "${port}"`, async (_program, write) => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const refused = await write(`metrics = "127.0.0.1:${taken.addr.port}"`);
    assertStringIncludes(refused, "not reloaded");
    assertStringIncludes(refused, "(TCP): the address is in use");
    assertStringIncludes(refused, "another with --metrics");
    assertEquals((await get(port, "/metrics")).status, 200);
    assertStringIncludes(await write(`metrics = "${other}"\nudp-io = "plain"`), "not reloaded");
    assertEquals((await get(port, "/metrics")).status, 200);
    // What had been opened for it is closed again.
    Deno.listen({ hostname: "127.0.0.1", port: other }).close();
    assertMatch(await write(`metrics = "${other}"`), /^Configuration reloaded: --metrics changed/);
  });
});

Deno.test("dnsfwd ends with 1 where --metrics cannot be served, and with 2 where it is no address, or one of clients", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${taken.addr.port}`;
  for (const command of ["run", "check"]) {
    const inUse = await runProgram([command, ...ANY, ...NOWHERE, "--metrics", address]);
    assertEquals(inUse.code, 1);
    assertStringIncludes(inUse.stderr, `Cannot listen on ${address} (TCP): the address is in use`);
    const name = await runProgram([command, ...ANY, ...NOWHERE, "--metrics", "localhost"]);
    assertEquals(name.code, 2);
    assertStringIncludes(name.stderr, '--metrics "localhost": expected ADDR[:PORT]');
    const port = freePort();
    const listen = ["--listen", `127.0.0.1:${port}`, "--metrics", `${port}`];
    const own = await runProgram([command, ...listen, ...NOWHERE]);
    assertEquals([own.code, own.stderr.trimEnd().split("\n").at(-1)], [
      2,
      `dnsfwd: --metrics "127.0.0.1:${port}": clients are served at this address (--listen); choose another port`,
    ]);
  }
});

Deno.test("dnsfwd check lets its running instance have the address of --metrics", async () => {
  await using program = await startProgram(["run", ...ANY, ...NOWHERE, ...METRICS]);
  const options = [...ANY, ...NOWHERE, "--metrics", `127.0.0.1:${metricsPort(program)}`];
  const own = await runProgram(["check", ...options, "--runtime-dir", program.runtimeDirectory]);
  assertEquals([own.code, own.stderr], [0, ""]);
  assertStringIncludes(own.stdout, `\nMetrics: http://127.0.0.1:${metricsPort(program)}/metrics\n`);
  assertEquals((await runProgram(["check", ...options])).code, 1);
});
