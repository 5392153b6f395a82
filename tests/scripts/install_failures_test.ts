/** `scripts/install.sh` where it cannot be done, or is cut off: the machine stays as it was. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fakeProgram, InstallStage } from "../helpers/install_stage.ts";
import { mountTest, withMounts } from "../helpers/mount_namespace.ts";
import { findProgram, peerTest } from "../helpers/real_peer.ts";
import { waitUntil } from "../helpers/waiting.ts";

const SHELLS = ["dash", "busybox sh"];
const PROGRAM = "/usr/local/bin/dnsfwd";
/** Of the ELF header: the machine, x86-64 or arm64 (elf(5)). */
const MACHINE = 18;

async function stageOf(shell: string): Promise<InstallStage> {
  const stage = new InstallStage(shell);
  await stage.provide(fakeProgram("1.2.3"));
  return stage;
}

/** A `cp` that says when it is called for the second time, and goes on when it is told to. */
function slowCopy(folder: string): Record<string, string> {
  const script = `#!/bin/sh
case $2 in */installed.dnsfwd-new) exec ${findProgram("cp")} "$@" ;; esac
: >'${folder}/reached'
read -r _ <'${folder}/go'
exec ${findProgram("cp")} "$@"
`;
  Deno.writeTextFileSync(`${folder}/cp`, script, { mode: 0o755 });
  new Deno.Command("mkfifo", { args: [`${folder}/go`] }).outputSync();
  return { PATH: `${folder}:${Deno.env.get("PATH")}` };
}

function isThere(path: string): boolean {
  return [...Deno.readDirSync(path.replace(/\/[^/]*$/, ""))].some(({ name }) =>
    path.endsWith(`/${name}`)
  );
}

for (const shell of SHELLS) {
  const tools = [shell.split(" ")[0], "sha256sum"];

  peerTest(
    tools,
    `install.sh (${shell}) takes back what it has begun when interrupted`,
    async () => {
      using stage = await stageOf(shell);
      const before = await stage.tree();
      for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130], ["SIGHUP", 129]] as const) {
        const folder = `${stage.release}/${signal}`;
        Deno.mkdirSync(folder);
        const process = stage.start([], { env: slowCopy(folder) });
        await waitUntil(() => isThere(`${folder}/reached`), "copying");
        assert(isThere(`${stage.root}/usr/local/bin`));
        process.kill(signal);
        await Deno.writeTextFile(`${folder}/go`, "\n");
        const output = await process.output();
        assertEquals(output.code, code);
        const said = new TextDecoder().decode(output.stderr);
        assertEquals(said, "install.sh: Interrupted; nothing was changed\n");
        assertEquals(await stage.tree(), before);
      }
    },
  );

  peerTest(
    tools,
    `install.sh (${shell}) can be run again, or undone, after it was killed`,
    async () => {
      for (const next of [[], ["--uninstall"]]) {
        using stage = await stageOf(shell);
        const before = await stage.tree();
        const process = stage.start([], { env: slowCopy(stage.release) });
        await waitUntil(() => isThere(`${stage.release}/reached`), "copying");
        process.kill("SIGKILL");
        await Deno.writeTextFile(`${stage.release}/go`, "\n");
        await process.output();
        await stage.install(...next);
        if (next.length === 0) await stage.install("--uninstall");
        assertEquals(await stage.tree(), before);
      }
    },
  );

  peerTest(tools, `install.sh (${shell}) says why a program does not run here`, async () => {
    using stage = await stageOf(shell);
    const before = await stage.tree(true);
    const elf = Deno.readFileSync(findProgram("sha256sum") ?? "");
    const foreign = elf.slice();
    foreign[MACHINE] = foreign[MACHINE] === 183 ? 62 : 183;
    const small = elf.slice();
    small[MACHINE] = 40;
    const cases: [string | Uint8Array<ArrayBuffer>, RegExp][] = [
      ["<html>Not found</html>\n", /is no program for Linux; was all of it downloaded\?/],
      [foreign, /it is for machines of (aarch64|x86_64), this is (aarch64|x86_64)/],
      [small, /it is for machines of another kind, this is/],
      ["#!/bin/sh\necho other 1.0\n", /is not dnsfwd/],
    ];
    for (const [program, text] of cases) {
      await stage.provide(program);
      const { code, stderr } = await stage.run([]);
      assertEquals([code, stderr.split("\n").length], [1, 2], stderr);
      assertMatch(stderr, text);
      assertEquals(await stage.tree(true), before);
    }
  });

  peerTest(tools, `install.sh (${shell}) says what is missing or in the way`, async () => {
    using stage = await stageOf(shell);
    const cases: [string[], string][] = [
      [["--binary", "/nowhere/dnsfwd"], "/nowhere/dnsfwd: not there, or not a file"],
      [["--user", "nobodyatall"], "--user nobodyatall: there is no such user"],
      [["--uninstall"], "nothing is installed below /usr/local"],
    ];
    for (const [args, text] of cases) {
      const { code, stderr } = await stage.run(args);
      assertEquals(code, 1, stderr);
      assertStringIncludes(stderr, text);
    }
    stage.put(`${PROGRAM}/file`, "");
    assertStringIncludes((await stage.run([])).stderr, `${PROGRAM}: is a directory`);
  });

  mountTest(tools, `install.sh (${shell}) changes nothing where the disk is full`, async () => {
    using stage = await stageOf(shell);
    await stage.provide(fakeProgram("1.2.3") + "#".repeat(100_000));
    const { code, text } = await onTmpfs(stage, "size=64k");
    assertEquals(code, 1, text);
    assertStringIncludes(text, "No space left on device; nothing was changed\n");
    assert(text.endsWith("\nleft:\n"), text);
  });

  mountTest(
    tools,
    `install.sh (${shell}) changes nothing on a disk that is read only`,
    async () => {
      using stage = await stageOf(shell);
      const { code, text } = await onTmpfs(stage, "ro");
      assertEquals(code, 1, text);
      assertStringIncludes(text, "Read-only file system; nothing was changed\n");
      assertEquals((await stage.tree()).filter((line) => line.includes("/etc/dnsfwd")), []);
    },
  );
}

/** Runs the script with another file system at /usr/local of its root, and lists what is on it then. */
async function onTmpfs(
  stage: InstallStage,
  options: string,
): Promise<{ code: number; text: string }> {
  const place = `${stage.root}/usr/local`;
  Deno.mkdirSync(place);
  const list = `"$0" "$@" 2>&1; code=$?; echo left:; find '${place}' -mindepth 1; exit $code`;
  const mounts = `mount -t tmpfs -o ${options} tmpfs '${place}'`;
  const prefix = [...withMounts(mounts), "sh", "-c", list];
  const { code, stdout } = await stage.run([], { prefix });
  return { code, text: stdout };
}

peerTest(["setpriv"], "install.sh is for root, other than to see what it would do", async () => {
  using stage = await stageOf("dash");
  // The folder is closed to others, so the script comes through standard input.
  const command = 'exec setpriv --reuid=65534 --clear-groups sh -s -- --no-checksum <"$0"';
  const args = ["-c", command, `${stage.release}/install.sh`];
  const { code, stderr } = await new Deno.Command("sh", { args }).output();
  assertEquals(code, 1);
  assertStringIncludes(new TextDecoder().decode(stderr), "Only root can install");
});
