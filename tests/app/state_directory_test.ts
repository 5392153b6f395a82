import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Logger } from "../../lib/base/log.ts";
import { ConfigError } from "../../lib/app/settings/config_error.ts";
import { StateDirectory } from "../../lib/app/state_directory.ts";
import { chooseStateDirectory, defaultStateDirectory } from "../../lib/app/state_location.ts";

/** A logger that keeps its warnings. */
function recorder() {
  const warnings: string[] = [];
  const ignore = () => {};
  const log: Logger = {
    debug: ignore,
    info: ignore,
    warning: (text) => void warnings.push(text),
    error: ignore,
  };
  return { log, warnings };
}

/** Runs a test in a directory of its own. */
async function inDirectory(run: (directory: string) => Promise<void> | void): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dnsfwd-state-" });
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function names(directory: string): string[] {
  return Array.from(Deno.readDirSync(directory), ({ name }) => name).sort();
}

function modeOf(path: string): number | undefined {
  const { mode } = Deno.statSync(path);
  return mode === null ? undefined : mode & 0o777;
}

Deno.test("defaultStateDirectory() is that of systemd, else of the system for root, else of the user", () => {
  const cases: [Record<string, string>, number | null, string | undefined][] = [
    [{ STATE_DIRECTORY: "/var/lib/private/one", HOME: "/home/ann" }, 1000, "/var/lib/private/one"],
    [{ STATE_DIRECTORY: "/var/lib/one:/var/lib/two" }, 0, "/var/lib/one"],
    [{ STATE_DIRECTORY: "" }, 0, "/var/lib/dnsfwd"],
    [{ XDG_STATE_HOME: "/home/a/state", HOME: "/home/a" }, 0, "/var/lib/dnsfwd"],
    [{ XDG_STATE_HOME: "/data/state", HOME: "/home/ann" }, 1000, "/data/state/dnsfwd"],
    [{ XDG_STATE_HOME: "relative", HOME: "/home/ann" }, 1000, "/home/ann/.local/state/dnsfwd"],
    [{ HOME: "/home/ann" }, 1000, "/home/ann/.local/state/dnsfwd"],
    [{ HOME: "/home/ann" }, null, "/home/ann/.local/state/dnsfwd"],
    [{}, 1000, undefined],
  ];
  for (const [variables, uid, expected] of cases) {
    const found = defaultStateDirectory((name) => variables[name], uid);
    assertEquals(found, expected, JSON.stringify([variables, uid]));
  }
});

Deno.test("StateDirectory.write() makes the directory for its owner alone, and so the file", async () => {
  await inDirectory(async (directory) => {
    const { log, warnings } = recorder();
    const path = `${directory}/a/b`;
    const state = new StateDirectory(path, log);
    assertEquals(state.read("one"), undefined);
    assertEquals(names(directory), [], "reading makes nothing");
    await state.write("one", "first\n");
    await state.write("one", "second\n");
    assertEquals(state.read("one"), "second\n");
    assertEquals(names(path), ["one"], "no temporary file is left");
    if (Deno.build.os !== "windows") {
      assertEquals([modeOf(path), modeOf(`${path}/one`)], [0o700, 0o600]);
    }
    assertEquals(warnings, []);
  });
});

Deno.test("StateDirectory.write() replaces the file by another: whoever has the old one open keeps it whole", async () => {
  await inDirectory(async (directory) => {
    const state = new StateDirectory(directory, recorder().log);
    await state.write("one", "the old text");
    using old = Deno.openSync(`${directory}/one`);
    await state.write("one", "new");
    const buffer = new Uint8Array(100);
    const count = old.readSync(buffer) ?? 0;
    assertEquals(new TextDecoder().decode(buffer.subarray(0, count)), "the old text");
  });
});

Deno.test("StateDirectory.write() keeps the last of several texts that are written at once", async () => {
  await inDirectory(async (directory) => {
    const state = new StateDirectory(directory, recorder().log);
    for (let each = 0; each < 20; each++) state.write("one", `text ${each}`);
    await state.settled();
    assertEquals(state.read("one"), "text 19");
    assertEquals(names(directory), ["one"]);
  });
});

Deno.test("StateDirectory says once that it cannot be used, and nothing else happens", async () => {
  await inDirectory(async (directory) => {
    const { log, warnings } = recorder();
    await Deno.writeTextFile(`${directory}/file`, "");
    const state = new StateDirectory(`${directory}/file/state`, log);
    assertEquals(state.read("one"), undefined);
    await state.write("one", "text");
    await state.write("two", "text");
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0], `state directory ${directory}/file/state`);
    assertStringIncludes(warnings[0], "a part of the path is not a directory");
  });
});

Deno.test("StateDirectory.putAside() renames what makes no sense, and says why", async () => {
  await inDirectory(async (directory) => {
    const { log, warnings } = recorder();
    const state = new StateDirectory(directory, log);
    await state.write("one", "\0\0");
    state.putAside("one", "it is not JSON");
    assertEquals(names(directory), ["one.bad"]);
    assertEquals(warnings, [`Put aside ${directory}/one as one.bad: it is not JSON`]);
    assertEquals(state.read("one"), undefined);
  });
});

Deno.test({
  name: "StateDirectory says that a restart is needed where the program has given up its rights",
  permissions: { read: false, write: false },
  fn: async () => {
    const { log, warnings } = recorder();
    const state = new StateDirectory("/srv/state", log);
    assertEquals(state.read("one"), undefined);
    await state.write("one", "text");
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0], "has given up the right to do so; a restart brings it back");
  },
});

Deno.test("StateDirectory without a path keeps nothing", async () => {
  const { log, warnings } = recorder();
  const state = new StateDirectory(undefined, log);
  await state.write("one", "text");
  assertEquals([state.read("one"), state.isUsed], [undefined, false]);
  assertEquals(warnings, []);
});

Deno.test("chooseStateDirectory() takes a directory that was asked for only if it can be used", async () => {
  await inDirectory(async (directory) => {
    assertEquals(chooseStateDirectory("none"), undefined);
    const path = `${directory}/state`;
    assertEquals(chooseStateDirectory(path), path);
    assertEquals(names(path), []);
    if (Deno.build.os !== "windows") assertEquals(modeOf(path), 0o700);
    await Deno.writeTextFile(`${directory}/file`, "");
    const bad = `${directory}/file`;
    const error = assertThrows(() => chooseStateDirectory(bad), ConfigError);
    assert(error.message.startsWith(`--state-dir "${bad}": cannot be used: it is not a directory`));
    assertStringIncludes(error.message, "expected a directory to write to, or none");
  });
});
