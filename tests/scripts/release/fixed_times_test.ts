/** The copy of the sources that a release is compiled from. */

import { assertEquals } from "@std/assert";
import { copyWithTime } from "../../../scripts/release/fixed_times.ts";
import { TempDirectory } from "../../helpers/temp_directory.ts";

const TIME = Date.UTC(2026, 0, 2);

Deno.test("A release is compiled from a copy that has all the program consists of, of one time", async () => {
  using folder = new TempDirectory();
  const { directory, cache = "" } = await copyWithTime(folder.path, TIME);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "-q", "main.ts"],
    cwd: directory,
    env: { NO_COLOR: "1", DENO_DIR: cache },
    stdout: "null",
    stderr: "piped",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const { mtime } = await Deno.stat(`${directory}/lib/app/version.ts`);
  assertEquals(mtime?.getTime(), TIME);
});
