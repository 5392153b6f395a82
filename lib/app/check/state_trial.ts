/** Whether the state directory can be used; it is not made. */

import { ConfigError } from "../settings/config_error.ts";
import { tryDirectory } from "../state_directory.ts";
import { reasonOf } from "../system_error.ts";
import { chooseStateDirectory } from "../state_location.ts";
import type { Findings } from "./findings.ts";

/** The directory that is used for `option`, the value of `--state-dir`, if one is. */
export function tryStateDirectory(
  option: string | undefined,
  place: string,
  findings: Findings,
): string | undefined {
  const isAsked = option !== undefined && option !== "none";
  const directory = isAsked ? option : chooseStateDirectory(option);
  if (directory === undefined) return undefined;
  try {
    tryDirectory(existing(directory));
  } catch (error) {
    const allowed = `cannot be used: ${reasonOf(error)}; expected a directory to write to, or none`;
    const mistake = new ConfigError(place, directory, allowed);
    if (isAsked) findings.add(mistake);
    else {
      findings.unusable.add(directory);
      findings.warnings.push(`State directory ${directory} ${allowed}`);
    }
  }
  return directory;
}

/** The directory, or the one that it would be made in. */
export function existing(path: string): string {
  const parent = path.replace(/\/+[^/]*\/*$/, "") || "/";
  try {
    Deno.lstatSync(path);
    return path;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) || parent === path) throw error;
    return existing(parent);
  }
}
