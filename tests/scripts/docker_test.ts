/** The image: no engine is needed to see that it can be built of what is copied, and what it would run. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { TARGETS } from "../../scripts/release/targets.ts";
import { networkTest } from "../helpers/network_namespace.ts";
import { runProgram } from "../helpers/program.ts";
import { startScenario } from "../helpers/scenario.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";

const PROJECT = new URL("../../", import.meta.url).pathname;
const FOLDER = `${PROJECT}scripts/docker/`;
/** Without comments, each instruction in one line. */
const INSTRUCTIONS = Deno.readTextFileSync(`${FOLDER}Dockerfile`)
  .replaceAll(/^\s*#.*\n/gm, "").replaceAll("\\\n", " ").split("\n").filter((line) => line !== "");

/** What stands behind each instruction of this name. */
function all(name: string): string[] {
  return INSTRUCTIONS.filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1));
}

/** The words of the one instruction of this name in its JSON form. */
function words(name: string): string[] {
  const [text, ...more] = all(name);
  assertEquals(more, []);
  return JSON.parse(text.slice(text.indexOf("[")));
}

/** Copies what the file copies out of the sources, and nothing that is kept from the builder. */
async function copySources(folder: string): Promise<void> {
  const ignored = (await Deno.readTextFile(`${FOLDER}Dockerfile.dockerignore`)).trim().split("\n");
  for (const line of all("COPY").filter((each) => !each.startsWith("--from="))) {
    const [target, ...sources] = line.split(" ").toReversed();
    for (const source of sources) {
      const [top] = source.split("/");
      assert(!ignored.includes(top), `${source} is kept from the builder`);
      await copy(source, target, folder);
    }
  }
}

async function copy(source: string, target: string, folder: string): Promise<void> {
  const { isDirectory } = await Deno.stat(`${PROJECT}${source}`);
  const path = `${folder}/${target}`;
  // What a directory holds goes into the target, which a file goes into only if that ends in a slash.
  const from = `${PROJECT}${source}${isDirectory ? "/." : ""}`;
  await Deno.mkdir(isDirectory || target.endsWith("/") ? path : `${path}/..`, { recursive: true });
  const { code } = await new Deno.Command("cp", { args: ["-R", from, path] }).output();
  assertEquals(code, 0, source);
}

async function run(folder: string, command: string, args: string[], env = {}) {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: folder,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).output();
  return { code, text: [stdout, stderr].map((part) => new TextDecoder().decode(part)).join("") };
}

Deno.test("The image can be built from the files that are copied into the builder", async () => {
  using folder = new TempDirectory();
  await copySources(folder.path);
  const checked = await run(folder.path, Deno.execPath(), [
    "check",
    "main.ts",
    "scripts/compile.ts",
  ]);
  assertEquals(checked.code, 0, checked.text);
});

/** A compiler that writes the target into a program which says its version. */
const COMPILER = `#!/bin/sh
while [ "$1" != -o ]; do
  case $1 in --target=*) target=$1 ;; esac
  shift
done
printf '#!/bin/sh\\n# %s\\necho "dnsfwd ${config.version}"\\n' "$target" >"$2"
chmod +x "$2"
`;

Deno.test("The image is compiled for amd64 and arm64, whatever the builder is, and for nothing else", async () => {
  using folder = new TempDirectory();
  await copySources(folder.path);
  using tools = new TempDirectory();
  await Deno.writeTextFile(`${tools.path}/compiler`, COMPILER, { mode: 0o755 });
  await Deno.symlink(Deno.execPath(), `${tools.path}/deno`);
  await Deno.mkdir(`${folder.path}/dist`);
  const [step] = all("RUN").filter((each) => each.includes("task"));
  const path = `${tools.path}:${Deno.env.get("PATH")}`;
  const built: string[] = [];
  for (const TARGETARCH of ["amd64", "arm64"]) {
    const env = { PATH: path, TARGETARCH, COMPILE_DENO: `${tools.path}/compiler` };
    const { code, text } = await run(folder.path, "sh", ["-c", step], env);
    assertEquals(code, 0, text);
    const program = await Deno.readTextFile(`${folder.path}/dist/dnsfwd`);
    built.push(/--target=(\S+)/.exec(program)?.[1] ?? "");
  }
  assertEquals(built, [...TARGETS]);
  const other = await run(folder.path, "sh", ["-c", step], { PATH: path, TARGETARCH: "riscv64" });
  assertEquals(other.code, 1);
  assertStringIncludes(other.text, "'riscv64'");
});

Deno.test("The image is built on any processor, with the runtime of the tests, on images that can be pinned", () => {
  const [build, last] = all("FROM");
  assertMatch(build, /^--platform=\$BUILDPLATFORM \$\{BUILD_IMAGE\} AS build$/);
  assertEquals(last, "${BASE_IMAGE}");
  const given = all("ARG").map((each) => each.split("=")[0]);
  assertEquals(given, ["BUILD_IMAGE", "BASE_IMAGE", "TARGETARCH"]);
  assertStringIncludes(all("RUN").join("\n"), '"deno@$(cat .deno-version)"');
  const ofTarget = INSTRUCTIONS.slice(
    INSTRUCTIONS.findLastIndex((each) => each.startsWith("FROM")),
  );
  assertEquals(ofTarget.filter((each) => each.startsWith("RUN")), []);
});

networkTest(
  [],
  "The image listens on IPv4 and IPv6, and its health check finds the program that runs and says how it is",
  async ({ near }) => {
    const [program, command, ...options] = words("ENTRYPOINT");
    const [checker, ...check] = words("HEALTHCHECK");
    assertEquals([program, command, checker], ["/usr/local/bin/dnsfwd", "run", program]);
    const at = (word: number) => options[word - 1] === "--listen";
    const listen = options.filter((_, word) => at(word)).map((each) => each.replace("5300", "0"));
    const args = options.filter((word, index) => word !== "--listen" && !at(index));
    using folder = new TempDirectory();
    const { prefix } = near;
    await using scenario = await startScenario({
      path: `${folder.path}/upstream`,
      listen,
      args,
      prefix,
    });
    const hosts = scenario.program.addresses.map(({ hostname }) => hostname);
    assert(hosts.includes("127.0.0.1") && hosts.includes("::1"), hosts.join());
    // The runtime opens no files below /dev, where every container could write.
    assertEquals(all("ENV"), ["RUNTIME_DIRECTORY=/tmp/dnsfwd"]);
    assertEquals([all("VOLUME"), all("USER")], [["/tmp"], ["65532:65532"]]);
    const env = { RUNTIME_DIRECTORY: scenario.program.runtimeDirectory };
    const healthy = await runProgram(check, { env, prefix });
    assertEquals(healthy.code, 0, healthy.stderr);
    const gone = await runProgram(check, { env: { RUNTIME_DIRECTORY: `${folder.path}/none` } });
    assertEquals(gone.code, 1);
  },
);
