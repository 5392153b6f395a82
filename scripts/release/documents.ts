/** What is made of the table of options: manual pages and completions, by their paths in a release. */

import { RELEASED, VERSION } from "../../lib/app/version.ts";
import { bashCompletion } from "../completions/bash.ts";
import { fishCompletion } from "../completions/fish.ts";
import { zshCompletion } from "../completions/zsh.ts";
import { dnsfwdPage } from "../manual/dnsfwd_8.ts";
import { dnsfwdTomlPage } from "../manual/dnsfwd_toml_5.ts";

/** The texts, by path. */
export function documents(): Readonly<Record<string, string>> {
  const date = new Date(RELEASED).toISOString().slice(0, 10);
  return {
    "dnsfwd.8": dnsfwdPage(VERSION, date),
    "dnsfwd.toml.5": dnsfwdTomlPage(VERSION, date),
    "completions/dnsfwd.bash": bashCompletion(),
    "completions/_dnsfwd": zshCompletion(),
    "completions/dnsfwd.fish": fishCompletion(),
  };
}

/** Writes them below `folder`, which is there. */
export async function writeDocuments(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/completions`, { recursive: true });
  for (const [path, text] of Object.entries(documents())) {
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
}
