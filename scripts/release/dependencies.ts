/** DEPENDENCIES.md: what the executable contains besides the program, each with its licence. */

import type { NpmPackage } from "./npm_packages.ts";

const LICENCE_FILE = /^(licen[cs]e|copying|notice|copyrightnotice)(\.(md|txt))?$/i;
/** How a source file says whose it is. */
const COPYRIGHT = /^\/\/ (Copyright .*)$/m;

/** The page; throws an `Error` for a package that does not say what its licence is. */
export async function dependenciesPage(
  packages: readonly NpmPackage[],
  denoVersion: string,
): Promise<string> {
  const licences = await Promise.all(packages.map(licenceName));
  const rows = packages.map(({ name, version }, at) =>
    `| ${name} | ${version} | ${licences[at]} |`
  );
  const texts = await Promise.all(packages.map(licenceSection));
  return `# What the executable contains

The program (LICENSE), the npm packages below, and the runtime: Deno ${denoVersion} (MIT, Copyright
2018-2026 the Deno authors, https://github.com/denoland/deno). Deno contains V8 (BSD-3-Clause), ICU
(Unicode-3.0), SQLite (public domain) and some hundreds of Rust crates, such as rustls and hyper,
most of them under MIT, Apache-2.0, BSD or ISC; the file Cargo.lock of its tag v${denoVersion} names
each of them.

| npm package | version | licence |
| --- | --- | --- |
${rows.join("\n")}

${texts.join("\n")}`;
}

async function licenceName({ name, folder }: NpmPackage): Promise<string> {
  const { license } = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
  if (typeof license === "string" && license !== "") return license;
  throw new Error(`The npm package ${name} does not say what its licence is`);
}

async function licenceSection(npmPackage: NpmPackage): Promise<string> {
  const { name, version } = npmPackage;
  return `## ${name} ${version}\n\n${await licenceText(npmPackage)}\n`;
}

async function licenceText({ name, folder }: NpmPackage): Promise<string> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const files = entries.map((entry) => entry.name).filter((each) => LICENCE_FILE.test(each));
  if (files.length === 0) return await withoutFile(name, folder);
  const texts = files.toSorted().map(async (file) => {
    const text = await Deno.readTextFile(`${folder}/${file}`);
    return `\`\`\`text\n${text.replaceAll("\r", "").replaceAll("\t", "    ").trim()}\n\`\`\``;
  });
  return (await Promise.all(texts)).join("\n\n");
}

/** A package whose licence stands in each of its files. */
async function withoutFile(name: string, folder: string): Promise<string> {
  const copyright = await copyrightLine(folder);
  if (copyright === undefined) throw new Error(`The npm package ${name} has no licence text`);
  return `Its files say: "${copyright}" The terms of the MIT licence are those in the file LICENSE.`;
}

/** Of the first source file that has one, in the package's folder and those in it. */
async function copyrightLine(folder: string): Promise<string | undefined> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const { name, isDirectory } of entries.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      const found = await copyrightLine(path);
      if (found !== undefined) return found;
    } else if (name.endsWith(".js")) {
      const [, line] = COPYRIGHT.exec(await Deno.readTextFile(path)) ?? [];
      if (line?.includes("MIT")) return line;
    }
  }
  return undefined;
}
