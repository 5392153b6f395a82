/** What people and programs see of a running instance: once, again and again, on terminals and elsewhere. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Program, runProgram, startProgram } from "../helpers/program.ts";
import { PseudoTerminal, terminalTest } from "../helpers/pseudo_terminal.ts";
import { buildQuery } from "../helpers/query.ts";
import { type Scenario, startScenario } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

/** Alternate screen, no cursor, no lines that go on below; and the other way round. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const NOT_RUNNING = ["run", "--upstream", "tcp://127.0.0.1:1", "--listen", "127.0.0.1:0"];

/** Watches the program of a scenario. */
function watching(program: Program, ...args: string[]): string[] {
  const directory = program.runtimeDirectory;
  return ["status", "--watch", "--interval", "1", "--runtime-dir", directory, ...args];
}

function isRunning(pid: number): boolean {
  try {
    return !Deno.readTextFileSync(`/proc/${pid}/stat`).includes(") Z ");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function asked(): Promise<Scenario> {
  const scenario = await startScenario();
  await scenario.udp().ask(buildQuery("www.example"));
  return scenario;
}

Deno.test("dnsfwd status --json prints all of it, for programs", async () => {
  await using scenario = await asked();
  const args = ["status", "--json", "--runtime-dir", scenario.program.runtimeDirectory];
  const { code, stderr, stdout } = await runProgram(args);
  assertEquals([code, stderr], [0, ""]);
  const reply = JSON.parse(stdout);
  assertEquals([reply.version, reply.ok, reply.healthy], [1, true, true]);
  assertEquals([reply.pid, reply.summary.answered], [scenario.program.pid, 1]);
  assertEquals(reply.upstreams[0].state, "connected");
  assertMatch(stdout, /^\{\n {2}"version": 1,\n/);
});

Deno.test("dnsfwd status --json prints nothing where none runs, and says so on standard error", async () => {
  const directory = "/nonexistent/dnsfwd";
  const { code, stderr, stdout } = await runProgram([
    "status",
    "--json",
    "--runtime-dir",
    directory,
  ]);
  assertEquals([code, stderr, stdout], [1, `dnsfwd: Not running (looked in ${directory})\n`, ""]);
});

terminalTest(
  "dnsfwd status --watch draws in place, and leaves the terminal as it was on q",
  async () => {
    await using scenario = await asked();
    await using terminal = await PseudoTerminal.start(watching(scenario.program));
    await waitUntil(() => terminal.frames >= 2, "two frames");
    assertEquals(terminal.output.split(ENTER).length, 2);
    const { screen } = terminal;
    assertMatch(screen[0], /^Working: [\d.]+ queries\/s/);
    assert(screen.length <= 24 && screen.every(({ length }) => length <= 80), screen.join("\n"));
    assertStringIncludes(screen.join("\n"), "Upstream   tls://127.0.0.1:");
    await terminal.type("q");
    await terminal.ended();
    assertEquals(terminal.left.code, 0);
    assertStringIncludes(terminal.output, `${LEAVE}code=0`);
    for (const setting of [" echo ", " icanon "]) {
      assertStringIncludes(terminal.left.settings.replaceAll(/\s/g, " "), setting);
    }
  },
);

terminalTest(
  "dnsfwd status --watch leaves the terminal as it was on Ctrl-C and SIGTERM",
  async () => {
    await using scenario = await asked();
    const ends: ((terminal: PseudoTerminal) => void | Promise<void>)[] = [
      (terminal) => terminal.type("\x03"),
      (terminal) => terminal.signal("SIGTERM"),
      (terminal) => terminal.signal("SIGHUP"),
    ];
    for (const end of ends) {
      await using terminal = await PseudoTerminal.start(watching(scenario.program));
      await waitUntil(() => terminal.frames >= 1, "a frame");
      await end(terminal);
      await terminal.ended();
      assertStringIncludes(terminal.output, LEAVE);
      assertStringIncludes(terminal.left.settings.replaceAll(/\s/g, " "), " icanon ");
    }
  },
);

terminalTest("dnsfwd status --watch takes the screen again after a stop", async () => {
  await using scenario = await asked();
  await using terminal = await PseudoTerminal.start(watching(scenario.program));
  await waitUntil(() => terminal.frames >= 1, "a frame");
  terminal.signal("SIGCONT");
  await waitUntil(() => terminal.output.split(`${ENTER}\x1b[H`).length === 3, "the screen again");
});

terminalTest("dnsfwd status --watch ends with its terminal", async () => {
  await using scenario = await asked();
  await using terminal = await PseudoTerminal.start(watching(scenario.program));
  await waitUntil(() => terminal.frames >= 1, "a frame");
  terminal.hangUp();
  await waitUntil(() => !isRunning(terminal.pid), "the end");
});

terminalTest(
  "dnsfwd status --watch follows the size of the terminal, and keeps what matters most",
  async () => {
    await using scenario = await asked();
    await using terminal = await PseudoTerminal.start(watching(scenario.program));
    await waitUntil(() => terminal.frames >= 1, "a frame");
    await terminal.resize(3, 30);
    // stty(1) changes rows and columns one after the other; a screen may be drawn between.
    const isSmall = (rows: readonly string[]) => rows.every(({ length }) => length <= 30);
    await waitUntil(
      () => terminal.screen.length === 3 && isSmall(terminal.screen),
      "a small screen",
    );
    const { screen } = terminal;
    assertMatch(screen[0], /^Working/);
    assert(screen.some((row) => row.startsWith("Upstream   tls://")), screen.join("\n"));
  },
);

terminalTest(
  "dnsfwd status --watch goes on while the instance is gone and another comes",
  async () => {
    await using first = await startProgram(NOT_RUNNING);
    const { runtimeDirectory } = first;
    await using terminal = await PseudoTerminal.start(watching(first), { rows: 60 });
    await waitUntil(() => terminal.screen.join().includes(`process ${first.pid}`), "it");
    await first.stop();
    await waitUntil(() => terminal.screen[0].includes("trying again"), "the end");
    assertMatch(terminal.screen.join(" "), /^Not running \(looked in .*\); +trying again \(last/);
    await using second = await startProgram(NOT_RUNNING, {
      env: { RUNTIME_DIRECTORY: runtimeDirectory },
    });
    const news = `Started anew: process ${second.pid} in place of ${first.pid}`;
    await waitUntil(() => terminal.screen.includes(news), "the other");
  },
);

Deno.test("dnsfwd status --watch prints one status below the other where there is no screen", async () => {
  await using scenario = await asked();
  await using watcher = new Program(watching(scenario.program), {});
  await waitUntil(() => watcher.stdout.split("\n\nWorking: ").length >= 3, "three");
  watcher.signal("SIGINT");
  const { code, stderr, stdout } = await watcher.exit;
  assertEquals([code, stderr], [0, ""]);
  assert(!stdout.includes("\x1b"));
});

Deno.test("dnsfwd status --watch --json prints a line each time, and ends when nobody reads any more", async () => {
  await using scenario = await asked();
  const args = watching(scenario.program, "--json");
  const prefix = ["sh", "-c", '"$@" | head -n 2; echo end', "sh"];
  const { code, stderr, stdout } = await runProgram(args, { prefix });
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.split("\n");
  assertEquals(lines.length, 4, stdout);
  for (const line of lines.slice(0, 2)) assertEquals(JSON.parse(line).pid, scenario.program.pid);
});

terminalTest("dnsfwd status --watch moves no cursor on a terminal that cannot", async () => {
  await using scenario = await asked();
  const env = { TERM: "dumb" };
  await using terminal = await PseudoTerminal.start(watching(scenario.program), { env });
  await waitUntil(() => terminal.output.includes("\r\n\r\nWorking: "), "the second");
  // The runtime itself may clear a line before.
  assert(!terminal.output.split("Working: ")[1].includes("\x1b"));
});

terminalTest(
  "dnsfwd status is plain ASCII where the locale is, and has colours on terminals alone",
  async () => {
    await using scenario = await asked();
    const args = ["status", "--runtime-dir", scenario.program.runtimeDirectory];
    const looks: [Record<string, string>, boolean][] = [
      [{ NO_COLOR: "1" }, false],
      [{ NO_COLOR: "", LC_ALL: "C" }, true],
    ];
    for (const [env, isColored] of looks) {
      await using terminal = await PseudoTerminal.start(args, { env });
      await terminal.ended();
      assertEquals(terminal.output.includes("\x1b[32mWorking"), isColored, terminal.output);
    }
  },
);
