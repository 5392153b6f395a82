/** The program with a configuration file, as a user runs it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { UdpClient } from "../helpers/client.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { runProgram, startProgram } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";

/** A folder with a file `dnsfwd.toml` of that text. */
async function withFile(
  text: string,
  test: (file: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-config-" });
  try {
    Deno.writeTextFileSync(`${folder}/dnsfwd.toml`, text);
    await test(`${folder}/dnsfwd.toml`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("dnsfwd serves as the file of $CONFIGURATION_DIRECTORY says, which the log names", async () => {
  const { authority, identity } = await trust();
  await using upstream = new ScriptedUpstream({ identity });
  const text = `
    listen = "127.0.0.1:0"
    upstream = "tls://127.0.0.1:${upstream.port}#${UPSTREAM_NAME}"
    ca = "ca.pem"  # beside this file
  `;
  await withFile(text, async (file, folder) => {
    Deno.writeTextFileSync(`${folder}/ca.pem`, authority.pem);
    await using program = await startProgram([], { env: { CONFIGURATION_DIRECTORY: folder } });
    assertStringIncludes(program.stderr, `Configuration file: ${file}\n`);
    using client = new UdpClient(program.address);
    const query = buildQuery("www.example");
    assertAnswered(query, await client.ask(query));
  });
});

Deno.test("dnsfwd listens where the command line says, whatever the file says", async () => {
  const text = 'listen = "192.0.2.1:1"\nupstream = "tcp://127.0.0.1:9"';
  await withFile(text, async (file) => {
    await using program = await startProgram(["--config", file, "--listen", "127.0.0.2:0"]);
    assertEquals(program.address.hostname, "127.0.0.2");
  });
});

Deno.test("dnsfwd uses no file with --config none, and says nothing of one", async () => {
  await withFile("nonsense", async (_, folder) => {
    const env = { CONFIGURATION_DIRECTORY: folder };
    const args = ["--config", "none", "--upstream", "tcp://127.0.0.1:9", "--listen", "127.0.0.1:0"];
    await using program = await startProgram(args, { env });
    assert(!program.stderr.includes("onfiguration"));
  });
});

Deno.test("dnsfwd tells every mistake on a line of its own, and ends with exit code 2", async () => {
  const text =
    'lisen = "127.0.0.1"\nupstream = ["tls://192.0.2.1", "ftp://192.0.2.1"]\nlog-level = 9\n';
  await withFile(text, async (file) => {
    const { code, stdout, stderr } = await runProgram(["--config", file, "--policy", "fast"]);
    assertEquals([code, stdout], [2, ""]);
    const starts = stderr.trimEnd().split("\n").map((line) =>
      line.split(/: (?=unknown|allowed)/)[0]
    );
    assertEquals(starts, [
      'dnsfwd: --policy "fast"',
      `dnsfwd: ${file}:1: lisen`,
      `dnsfwd: ${file}:2: upstream "ftp://192.0.2.1"`,
      `dnsfwd: ${file}:3: log-level "9"`,
    ]);
  });
});

Deno.test("dnsfwd tells the line where a file is named that it cannot read", async () => {
  const text = `upstream = [
    "tls://192.0.2.1",
    "tls://192.0.2.2?ca=a.pem",
  ]
  ca = "b.pem"`;
  await withFile(text, async (file, folder) => {
    const { code, stderr } = await runProgram(["--config", file]);
    const expected = "cannot be read: no such file; expected a file of certificates (PEM)";
    assertEquals(code, 2);
    assertEquals(
      stderr,
      `dnsfwd: ${file}:3: upstream, ca "${folder}/a.pem": ${expected}\n` +
        `dnsfwd: ${file}:5: ca "${folder}/b.pem": ${expected}\n`,
    );
  });
});

Deno.test("dnsfwd starts without the right to read: then there is no file", async () => {
  const args = ["--upstream", "tcp://127.0.0.1:9", "--listen", "127.0.0.1:0", "--udp-io", "plain"];
  await using program = await startProgram(args, { without: "--allow-read" });
  assertEquals(program.addresses.length, 1);
});

Deno.test("dnsfwd config --print-default prints a file that dnsfwd check takes with an upstream", async () => {
  const { code, stdout } = await runProgram(["config", "--print-default"]);
  assertEquals(code, 0);
  await withFile(stdout, async (file) => {
    const args = ["check", "--config", file, "--listen", "127.0.0.1:0"];
    const missing = await runProgram(args);
    assertEquals(missing.code, 2);
    assertStringIncludes(missing.stderr, `dnsfwd: ${file}: upstream: missing`);
    const exit = await runProgram([...args, "--upstream", "tcp://127.0.0.1:9"]);
    assertEquals([exit.code, exit.stderr], [0, ""]);
  });
});

Deno.test("dnsfwd config --print-schema prints JSON, and config alone says what it needs", async () => {
  const { stdout } = await runProgram(["config", "--print-schema"]);
  assertEquals(JSON.parse(stdout).$schema, "http://json-schema.org/draft-07/schema#");
  const { code, stderr } = await runProgram(["config"]);
  assertEquals([code, stderr], [2, "dnsfwd: config: needs --print-default or --print-schema\n"]);
});

Deno.test("dnsfwd query asks the upstream of the file, but reads none if it is given one", async () => {
  await withFile('upstream = "tcp://127.0.0.1:9"', async (file, folder) => {
    const env = { CONFIGURATION_DIRECTORY: folder };
    const asked = await runProgram(["query", "www.example"], { env });
    assertEquals(asked.code, 1);
    assertStringIncludes(asked.stderr, "No answer from tcp://127.0.0.1:9");
    Deno.writeTextFileSync(file, "nonsense");
    const other = await runProgram(["query", "www.example"], { env });
    assertEquals([other.code, other.stderr.split(" ")[1]], [2, `${file}:1:`]);
    const given = await runProgram(
      ["query", "www.example", "--upstream", "tcp://127.0.0.1:10"],
      { env },
    );
    assertStringIncludes(given.stderr, "No answer from tcp://127.0.0.1:10");
  });
});
