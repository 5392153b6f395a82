/**
 * Makes one executable of the program, for `deno task compile` and `deno task release`.
 *
 * Permissions and V8 flags are those of the task `dnsfwd`, read from deno.json so that there is one list.
 * `--no-code-cache` because the cache would be V8 code in a predictable file of the temporary
 * directory, loaded unchecked at the next start. `--bundle` would make 99 MB into 95 MB, but is
 * experimental, wants esbuild from npm, and writes paths of the building machine into the program.
 *
 * COMPILE_DENO: the deno that compiles, by default the one that runs this.
 * DENORT_BIN: the base runtime to build on, of the same version as that deno, instead of a download.
 */
import config from "../../deno.json" with { type: "json" };

const PROJECT = `${import.meta.dirname}/../..`;
/** The system and processor that this runs on. */
export const HOST: string = Deno.build.target;

const shared = config.tasks.dnsfwd.split(" ").filter((word) =>
  word.startsWith("--allow-") || word.startsWith("--v8-flags=")
);
const compiler = Deno.env.get("COMPILE_DENO") ?? Deno.execPath();

/** What is compiled. */
export interface Source {
  readonly directory: string;
  /** The directory of the runtime's caches; its usual one if there is none. */
  readonly cache?: string;
}

const HERE: Source = { directory: PROJECT };

/** Why there is no executable, in words for people. */
export class CompileError extends Error {}

/**
 * Writes the executable for `target` to the path `output`, and returns what it says of its version. Throws
 * `CompileError`.
 */
export async function compileProgram(
  output: string,
  target = HOST,
  source: Source = HERE,
): Promise<string> {
  if (target !== HOST && Deno.env.has("DENORT_BIN")) {
    throw new CompileError(
      `DENORT_BIN is a base runtime for ${HOST}; without it, that for ${target} is downloaded ` +
        "from dl.deno.land",
    );
  }
  const options = [...shared, "--no-prompt", "--no-code-cache", "--exclude-unused-npm"];
  const place = [`--target=${target}`, "-o", output, "main.ts"];
  const { success, errors } = await run(compiler, ["compile", ...options, ...place], source);
  if (success) return target === HOST ? await versionOf(output) : config.version;
  const isBaseMissing = /base binary|denort|dl\.deno\.land/i.test(errors);
  if (!isBaseMissing) throw new CompileError(errors);
  throw new CompileError(await baseNeeded("Cannot get the base runtime (denort)", target));
}

/** The version of the deno that compiles. */
export async function compilerVersion(): Promise<string> {
  const { output } = await run(compiler, ["--version"]);
  return /\d+\.\d+\.\d+/.exec(output)?.[0] ?? "unknown";
}

/**
 * A base runtime of another version is embedded without complaint, and fails at the first start or cannot do
 * all: before 2.7 an upstream with `pin` or `ca` cannot be checked, and no TCP listener is taken over.
 */
async function versionOf(program: string): Promise<string> {
  const { success, output, errors } = await run(program, ["--version"]);
  if (success && output.includes(config.version)) return output.trim();
  await Deno.remove(program);
  const problem = `${program} does not start, probably on a base runtime of another version`;
  throw new CompileError(`${errors}${await baseNeeded(problem, HOST)}`);
}

async function baseNeeded(problem: string, target: string): Promise<string> {
  const version = await compilerVersion();
  const lead = `${problem}.
"deno compile" puts the program on a base runtime, which it downloads from dl.deno.land.`;
  if (target !== HOST) return lead;
  return `${lead}
Where that cannot be reached, get denort-${target}.zip of exactly ${version} from
https://github.com/denoland/deno/releases/tag/v${version}, unpack it, and say where it is:
  DENORT_BIN=/path/to/denort deno task compile`;
}

async function run(
  program: string,
  args: string[],
  { directory, cache }: Source = HERE,
): Promise<{ success: boolean; output: string; errors: string }> {
  const command = new Deno.Command(program, {
    args,
    cwd: directory,
    env: { NO_COLOR: "1", ...(cache !== undefined && { DENO_DIR: cache }) },
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  return { success, output: text.decode(stdout), errors: text.decode(stderr) };
}
