/** A release of one target: the executable, and the archive with everything that belongs to it. */

import { RELEASED, VERSION } from "../../lib/app/version.ts";
import { compileProgram, type Source } from "../compile/compiler.ts";
import { pack } from "./archive.ts";
import { writeDocuments } from "./documents.ts";

const PROJECT = `${import.meta.dirname}/../..`;
const PAGES = ["README.md", "LICENSE", "CHANGELOG.md"];
/** Folders of `scripts/` with the files for service managers, and for those who watch. */
const SERVICES = ["systemd", "openwrt", "prometheus", "grafana"];
/** More pages, to which the README leads. */
const MORE = "docs";
const INSTALLER = "install.sh";

/** What all targets have in common. */
export interface Parts {
  readonly source: Source;
  /** The text of DEPENDENCIES.md. */
  readonly dependencies: string;
  /** A directory to work in. */
  readonly workshop: string;
}

/** Writes both into the directory `output` and returns their names; throws `CompileError`. */
export async function assemble(target: string, output: string, parts: Parts): Promise<string[]> {
  const { workshop, source, dependencies } = parts;
  const name = `dnsfwd-${VERSION}-${target}`;
  const folder = `${workshop}/${name}`;
  await Deno.mkdir(folder);
  await compileProgram(`${folder}/dnsfwd`, target, source);
  await Deno.copyFile(`${folder}/dnsfwd`, `${output}/${name}`);
  await fill(folder, dependencies);
  await pack(`${output}/${name}.tar.gz`, workshop, name, RELEASED);
  return [name, `${name}.tar.gz`];
}

/** Everything that is the same for all targets. */
export async function fill(folder: string, dependencies: string): Promise<void> {
  await writeDocuments(folder);
  await Deno.writeTextFile(`${folder}/DEPENDENCIES.md`, dependencies);
  for (const page of PAGES) await Deno.copyFile(`${PROJECT}/${page}`, `${folder}/${page}`);
  if (await isThere(`${PROJECT}/scripts/${INSTALLER}`)) {
    await Deno.copyFile(`${PROJECT}/scripts/${INSTALLER}`, `${folder}/${INSTALLER}`);
  }
  for (const each of SERVICES) await copyFolder(`${PROJECT}/scripts/${each}`, `${folder}/${each}`);
  await copyFolder(`${PROJECT}/${MORE}`, `${folder}/${MORE}`);
}

/** The files of a folder that has no others in it. */
async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
