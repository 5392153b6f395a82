/**
 * The sources as they are compiled for a release. `deno compile` writes the time of each file into the
 * executable, those of npm packages in the cache too; so that everybody who builds a version gets the same
 * octets, it is made of a copy in which all files have the time of the version.
 */

import type { Source } from "../compile/compiler.ts";

const PROJECT = `${import.meta.dirname}/../..`;
const SOURCES = ["deno.json", "deno.lock", "main.ts", "lib", "types"];

/** The copy, below `folder`; `time` is in milliseconds since 1970. */
export async function copyWithTime(folder: string, time: number): Promise<Source> {
  const [directory, cache] = [`${folder}/source`, `${folder}/cache`];
  await Deno.mkdir(directory);
  await Deno.mkdir(cache);
  for (const name of SOURCES) await copy(`${PROJECT}/${name}`, `${directory}/${name}`, time);
  const current = await cacheDirectory();
  await copy(`${current}/npm`, `${cache}/npm`, time);
  // Base runtimes that have been downloaded already, and those that will be.
  await Deno.mkdir(`${current}/dl`, { recursive: true });
  await Deno.symlink(`${current}/dl`, `${cache}/dl`);
  return { directory, cache };
}

async function copy(from: string, to: string, time: number): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (isDirectory) {
    await Deno.mkdir(to);
    for await (const { name } of Deno.readDir(from)) {
      await copy(`${from}/${name}`, `${to}/${name}`, time);
    }
  } else {
    await Deno.copyFile(from, to);
  }
  await Deno.utime(to, time / 1000, time / 1000);
}

async function cacheDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
