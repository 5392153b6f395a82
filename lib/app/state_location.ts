/** Where the state directory is: as told, else where the system keeps such things. */

import { userId, type Variable, variable } from "./environment.ts";
import { ConfigError } from "./settings/config_error.ts";
import { tryDirectory } from "./state_directory.ts";
import { reasonOf } from "./system_error.ts";

const PROGRAM = "dnsfwd";
/** The value of `--state-dir` that turns it off. */
const NONE = "none";

/**
 * The directory for the value of `--state-dir`, if one is to be used. One that was asked for is made and
 * tried, unless `isTried` says that this is done later; throws `ConfigError` if it cannot be used.
 */
export function chooseStateDirectory(
  option: string | undefined,
  isTried = true,
): string | undefined {
  if (option === NONE) return undefined;
  if (option === undefined) return defaultStateDirectory(variable, userId());
  if (!isTried) return option;
  try {
    tryDirectory(option);
  } catch (error) {
    const allowed = `cannot be used: ${
      reasonOf(error)
    }; expected a directory to write to, or ${NONE}`;
    throw new ConfigError("--state-dir", option, allowed);
  }
  return option;
}

/**
 * The directory to use unless told otherwise: that of systemd (systemd.exec(5), STATE_DIRECTORY), else
 * for root, whose `uid` is 0, one of the system, else the user's (XDG Base Directory Specification).
 */
export function defaultStateDirectory(
  environment: (name: Variable) => string | undefined,
  uid: number | null,
): string | undefined {
  // Of several directories systemd names the first configured first.
  const [given] = (environment("STATE_DIRECTORY") ?? "").split(":");
  if (given !== "") return given;
  if (uid === 0) return `/var/lib/${PROGRAM}`;
  const state = environment("XDG_STATE_HOME") ?? "";
  if (isAbsolute(state)) return `${state}/${PROGRAM}`;
  const home = environment("HOME") ?? "";
  return isAbsolute(home) ? `${home}/.local/state/${PROGRAM}` : undefined;
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}
