/**
 * `deno task release`: builds what is published, into dist/release/. Nothing is published here.
 *
 * The same source gives the same octets with the same versions of Deno, tar and gzip, wherever and whenever it
 * is built: times are those of the version. COMPILE_DENO and DENORT_BIN are those of `deno task compile`.
 */
import { RELEASED, VERSION } from "../lib/app/version.ts";
import { CompileError, compilerVersion } from "./compile/compiler.ts";
import { checksums } from "./release/archive.ts";
import { assemble, type Parts } from "./release/assembly.ts";
import { copyWithTime } from "./release/fixed_times.ts";
import { mistake, sections } from "./release/changelog.ts";
import { dependenciesPage } from "./release/dependencies.ts";
import { npmPackages } from "./release/npm_packages.ts";
import { HELP, type Options, parseOptions } from "./release/options.ts";
import { Workshop } from "./release/workshop.ts";

const PROJECT = `${import.meta.dirname}/..`;
const OUTPUT = `${PROJECT}/dist/release`;

try {
  Deno.exit(await main());
} catch (error) {
  if (!(error instanceof CompileError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}

async function main(): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(Deno.args);
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  if (options.help) return print(HELP);
  const changelog = await Deno.readTextFile(`${PROJECT}/CHANGELOG.md`);
  const problem = mistake(changelog, VERSION, RELEASED, options.tag);
  if (problem !== undefined) {
    console.error(problem);
    return 1;
  }
  if (options.notes) return print(sections(changelog)[0].text);
  return await build(options.targets);
}

/** Exit code 1 if a target could not be built; the others are there all the same. */
async function build(targets: readonly string[]): Promise<number> {
  const names = await buildAll(targets);
  if (names.length > 0) {
    await Deno.writeTextFile(`${OUTPUT}/SHA256SUMS`, await checksums(OUTPUT, names));
    for (const name of [...names, "SHA256SUMS"]) console.log(`dist/release/${name}`);
  }
  return names.length === 2 * targets.length ? 0 : 1;
}

/** The names of all files. */
async function buildAll(targets: readonly string[]): Promise<string[]> {
  const version = await compilerVersion();
  await warnOfVersion(version);
  await using workshop = await Workshop.open();
  await Deno.remove(OUTPUT, { recursive: true }).catch(ignoreMissing);
  await Deno.mkdir(OUTPUT, { recursive: true });
  const dependencies = await dependenciesPage(await npmPackages(), version);
  const source = await copyWithTime(workshop.path, RELEASED);
  const names: string[] = [];
  for (const target of targets) {
    names.push(...await buildOne(target, { source, dependencies, workshop: workshop.path }));
  }
  return names;
}

/** The names of its files; none if it could not be built, which is told. */
async function buildOne(target: string, parts: Parts): Promise<string[]> {
  try {
    return await assemble(target, OUTPUT, parts);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    console.error(`No release for ${target}: ${error.message.trimEnd()}`);
    return [];
  }
}

async function warnOfVersion(version: string): Promise<void> {
  const pinned = (await Deno.readTextFile(`${PROJECT}/.deno-version`)).trim();
  if (version === pinned) return;
  console.error(
    `Compiled by Deno ${version}, not ${pinned} (.deno-version): to be tried, not to be released`,
  );
}

function print(text: string): number {
  console.log(text);
  return 0;
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
