/**
 * `deno task compile`: makes `dist/dnsfwd`, one executable that needs no Deno.
 *
 * Permissions and V8 flags are those of `deno task start`, read from deno.json so that there is one list.
 * `--no-code-cache` because the cache would be V8 code in a predictable file of the temporary
 * directory, loaded unchecked at the next start. `--bundle` would make 99 MB into 95 MB, but is
 * experimental, wants esbuild from npm, and writes paths of the building machine into the program.
 *
 * COMPILE_DENO: the deno that compiles, by default the one that runs this.
 * DENORT_BIN: the base runtime to build on, of the same version as that deno, instead of a download.
 */
import config from "../deno.json" with { type: "json" };

const OUTPUT = `dist/dnsfwd${Deno.build.os === "windows" ? ".exe" : ""}`;
const PROJECT = new URL("../", import.meta.url);

const shared = config.tasks.start.split(" ").filter((word) =>
  word.startsWith("--allow-") || word.startsWith("--v8-flags=")
);
const compiler = Deno.env.get("COMPILE_DENO") ?? Deno.execPath();

Deno.exit(await compile() && await isUsable() ? 0 : 1);

async function compile(): Promise<boolean> {
  const options = [...shared, "--no-prompt", "--no-code-cache", "--exclude-unused-npm"];
  const { success, errors } = await run(compiler, ["compile", ...options, "-o", OUTPUT, "main.ts"]);
  if (success) return true;
  if (/base binary|denort/i.test(errors)) await explain("Cannot get the base runtime (denort)");
  else console.error(errors.trimEnd());
  return false;
}

/** A base runtime of another version is embedded without complaint and fails at the first start. */
async function isUsable(): Promise<boolean> {
  const { success, output, errors } = await run(new URL(OUTPUT, PROJECT), ["--version"]);
  if (!success || !output.includes(config.version)) {
    if (errors !== "") console.error(errors.trimEnd());
    await explain(`${OUTPUT} does not start, probably on a base runtime of another version`);
    await Deno.remove(new URL(OUTPUT, PROJECT));
    return false;
  }
  const { size } = await Deno.stat(new URL(OUTPUT, PROJECT));
  console.log(`${OUTPUT}, ${(size / 1e6).toFixed(0)} MB: ${output.trim()}`);
  return true;
}

async function explain(problem: string): Promise<void> {
  const version = /\d+\.\d+\.\d+/.exec((await run(compiler, ["--version"])).output)?.[0];
  const target = Deno.build.target;
  console.error(`${problem}.
"deno compile" puts the program on a base runtime, which it downloads from dl.deno.land.
Where that cannot be reached, get denort-${target}.zip of exactly ${version} from
https://github.com/denoland/deno/releases/tag/v${version}, unpack it, and say where it is:
  DENORT_BIN=/path/to/denort deno task compile`);
}

async function run(
  program: string | URL,
  args: string[],
): Promise<{ success: boolean; output: string; errors: string }> {
  const command = new Deno.Command(program, {
    args,
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  return { success, output: text.decode(stdout), errors: text.decode(stderr) };
}
