import { assertEquals, assertThrows } from "@std/assert";
import {
  defaultRuntimeDirectories,
  prepareRuntimeDirectory,
} from "../../../lib/app/instance/runtime_directory.ts";
import { modeOf, TempDirectory } from "../../helpers/temp_directory.ts";

Deno.test("defaultRuntimeDirectories() are that of systemd, else of the system for root, else of the user", () => {
  const cases: [Record<string, string>, number | null, string[]][] = [
    [{ RUNTIME_DIRECTORY: "/run/one", XDG_RUNTIME_DIR: "/run/user/7" }, 7, ["/run/one"]],
    [{ RUNTIME_DIRECTORY: "/run/one:/run/two" }, 0, ["/run/one"]],
    [{ RUNTIME_DIRECTORY: "" }, 0, ["/run/dnsfwd"]],
    [{ XDG_RUNTIME_DIR: "/run/user/0", HOME: "/root" }, 0, ["/run/dnsfwd"]],
    [{ XDG_RUNTIME_DIR: "/run/user/7" }, 7, ["/run/user/7/dnsfwd"]],
    [{ HOME: "/home/ann" }, 7, ["/home/ann/.local/state/dnsfwd"]],
    [{ XDG_RUNTIME_DIR: "relative", XDG_STATE_HOME: "/data" }, 7, ["/data/dnsfwd"]],
    [
      { XDG_RUNTIME_DIR: "/run/user/7", HOME: "/home/ann" },
      7,
      ["/run/user/7/dnsfwd", "/home/ann/.local/state/dnsfwd"],
    ],
    [{}, null, []],
  ];
  for (const [variables, uid, expected] of cases) {
    const found = defaultRuntimeDirectories((name) => variables[name], uid);
    assertEquals(found, expected, JSON.stringify([variables, uid]));
  }
});

Deno.test("prepareRuntimeDirectory() makes it for its owner alone, and leaves nothing in it", () => {
  using temp = new TempDirectory();
  const path = `${temp.path}/a/b`;
  prepareRuntimeDirectory(path);
  prepareRuntimeDirectory(path);
  assertEquals(modeOf(path), 0o700);
  assertEquals([...Deno.readDirSync(path)], []);
});

Deno.test("prepareRuntimeDirectory() takes one that others may read, as systemd makes them", () => {
  using temp = new TempDirectory();
  Deno.chmodSync(temp.path, 0o755);
  prepareRuntimeDirectory(temp.path);
  assertEquals(modeOf(temp.path), 0o755);
});

Deno.test("prepareRuntimeDirectory() refuses one that others may write to", () => {
  using temp = new TempDirectory();
  for (const mode of [0o770, 0o707, 0o1777]) {
    Deno.chmodSync(temp.path, mode);
    assertThrows(
      () => prepareRuntimeDirectory(temp.path),
      Error,
      "others than its owner may write",
    );
    assertEquals(temp.names, [], "nothing is written to it");
  }
});

Deno.test({
  name: "prepareRuntimeDirectory() refuses one that belongs to another user",
  ignore: Deno.uid() !== 0,
  fn: () => {
    using temp = new TempDirectory();
    Deno.chownSync(temp.path, 65_534, 65_534);
    assertThrows(() => prepareRuntimeDirectory(temp.path), Error, "belongs to another user");
    assertEquals(temp.names, []);
  },
});

Deno.test("prepareRuntimeDirectory() refuses a file in the way, and a name too long for a socket", () => {
  using temp = new TempDirectory();
  const file = `${temp.path}/file`;
  Deno.writeTextFileSync(file, "");
  assertThrows(() => prepareRuntimeDirectory(file), Deno.errors.AlreadyExists);
  assertThrows(() => prepareRuntimeDirectory(`${file}/below`), Deno.errors.NotADirectory);
  const long = `${temp.path}/${"a".repeat(100)}`;
  assertThrows(() => prepareRuntimeDirectory(long), Error, "longer than the 108 octets");
  assertEquals(temp.names, ["file"]);
});
