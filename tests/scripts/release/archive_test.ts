/** Archives and checksums, read by the programs that users read them with. */

import { assertEquals, assertNotEquals } from "@std/assert";
import { checksums, pack } from "../../../scripts/release/archive.ts";
import { TempDirectory } from "../../helpers/temp_directory.ts";

const TIME = Date.UTC(2026, 0, 2);
const PROGRAM = "dnsfwd";

/** A release that somebody makes with these habits; the names of its files in the order of writing. */
function releaseOf(parent: string, names: readonly string[], mode: number): void {
  Deno.mkdirSync(`${parent}/release`);
  for (const name of names) {
    const path = `${parent}/release/${name}`;
    Deno.writeTextFileSync(path, `Text of ${name}`);
    Deno.chmodSync(path, name === PROGRAM ? mode | 0o100 : mode);
    Deno.utimeSync(path, Math.random() * 1e9, Math.random() * 1e9);
  }
}

async function run(directory: string, program: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(program, { args, cwd: directory, env: { TZ: "UTC" } });
  const { code, stdout, stderr } = await command.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

Deno.test("pack() makes the same archive of the same files, whoever packs them and when", async () => {
  using here = new TempDirectory();
  using there = new TempDirectory();
  releaseOf(here.path, ["a", "b", PROGRAM], 0o644);
  releaseOf(there.path, [PROGRAM, "b", "a"], 0o600);
  await pack(`${here.path}/1.tar.gz`, here.path, "release", TIME);
  await pack(`${there.path}/2.tar.gz`, there.path, "release", TIME);
  const one = await checksums(here.path, ["1.tar.gz"]);
  const other = await checksums(there.path, ["2.tar.gz"]);
  assertEquals(one.split(" ")[0], other.split(" ")[0]);

  Deno.writeTextFileSync(`${there.path}/release/a`, "Another text");
  await pack(`${there.path}/2.tar.gz`, there.path, "release", TIME);
  assertNotEquals((await checksums(there.path, ["2.tar.gz"])).split(" ")[0], one.split(" ")[0]);
});

Deno.test("pack() makes files that anybody may read, of root, and leaves the program executable", async () => {
  using here = new TempDirectory();
  releaseOf(here.path, ["a", PROGRAM], 0o600);
  await pack(`${here.path}/r.tar.gz`, here.path, "release", TIME);
  const listed = await run(here.path, "tar", "-tvzf", "r.tar.gz");
  assertEquals(listed.trimEnd().split("\n").map((line) => line.replaceAll(/ +/g, " ")), [
    "drwxr-xr-x 0/0 0 2026-01-02 00:00 release/",
    "-rw-r--r-- 0/0 9 2026-01-02 00:00 release/a",
    `-rwxr-xr-x 0/0 14 2026-01-02 00:00 release/${PROGRAM}`,
  ]);
});

Deno.test("checksums() are as sha256sum -c reads them", async () => {
  using here = new TempDirectory();
  for (const name of ["b", "a"]) Deno.writeTextFileSync(`${here.path}/${name}`, name);
  Deno.writeTextFileSync(`${here.path}/SHA256SUMS`, await checksums(here.path, ["b", "a"]));
  const said = await run(here.path, "sha256sum", "--check", "--strict", "SHA256SUMS");
  assertEquals(said, "a: OK\nb: OK\n");
});
