/** `dnsfwd demo` and the tasks of deno.json, as somebody uses them who has just come. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { Program } from "../helpers/program.ts";
import { PseudoTerminal, terminalTest } from "../helpers/pseudo_terminal.ts";
import { waitUntil, within } from "../helpers/waiting.ts";

const PROJECT = new URL("../../", import.meta.url).pathname;
const LIMIT = 30_000;

/** Runs `deno task` with these words where nobody is at a terminal. */
async function task(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", ...words],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  try {
    const { code, stdout, stderr } = await within(output, LIMIT, "end of the task");
    const [out, errors] = [stdout, stderr].map((octets) => new TextDecoder().decode(octets));
    return { code, stdout: out, stderr: errors };
  } catch (error) {
    child.kill("SIGTERM");
    await output;
    throw error;
  }
}

Deno.test("The demo ends by itself where nobody is at a terminal, so that the next command comes", async () => {
  await using program = new Program(["demo"], {});
  const { code, stdout } = await within(program.exit, LIMIT, "end of the demo");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "every query was answered");
  assert(!stdout.includes("Ctrl-C"), stdout);
});

terminalTest("The demo goes on at a terminal, and says that Ctrl-C ends it", async () => {
  await using terminal = await PseudoTerminal.start(["demo"]);
  await waitUntil(() => terminal.output.includes("Ctrl-C stops it."), "the invitation", LIMIT);
  await terminal.type("\x03");
  await terminal.ended();
  assertEquals(terminal.left.code, 0);
  assertStringIncludes(terminal.output, "Stopped.");
});

Deno.test("The README's first command says what it shows and no more, and ends", async () => {
  const { code, stdout, stderr } = await task("demo");
  assertEquals(code, 0);
  assert(stdout.startsWith("dnsfwd demo: all of it on this machine"), stdout);
  assertMatch(stderr, /^Task demo .{0,60}\n$/);
});

Deno.test("Who starts the program from its source is not told its permissions", async () => {
  const { code, stdout, stderr } = await task("start", "--version");
  assertEquals([code, stdout], [0, `dnsfwd ${config.version}\n`]);
  assertMatch(stderr, /^Task start .{0,60}\n$/);
  const wrong = await task("start", "--no-such");
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "--no-such");
});

Deno.test("Arguments come through the task as they are", async () => {
  const { code, stderr } = await task("start", "check", "--upstream", "tls://a b'c\"$HOME");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "tls://a b'c\"$HOME");
});

Deno.test("No task says what is downloaded for it", () => {
  for (const [name, command] of Object.entries(config.tasks)) {
    for (const part of command.split(" && ")) {
      if (/^deno (run|test)/.test(part)) assertMatch(part, /^deno (run|test) -q /, name);
    }
  }
});
