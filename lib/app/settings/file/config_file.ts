/** Which configuration file is used, and its text. */

import { reasonOf } from "../../system_error.ts";
import { ConfigError } from "../config_error.ts";

const NAME = "dnsfwd.toml";
const SYSTEM_DIRECTORY = "/etc/dnsfwd";
/** Octets; a file with everything has a few thousand. */
const MAX_LENGTH = 1 << 20;

/** The variables that are looked at; the program must be permitted to read them. */
type Variable = "XDG_CONFIG_HOME" | "HOME" | "CONFIGURATION_DIRECTORY";

/**
 * The places of the file, in the order of preference, unless one is named: for others than root, whose `uid`
 * is 0, the user's (XDG Base Directory Specification), then the system's, which systemd may say
 * (systemd.exec(5), CONFIGURATION_DIRECTORY).
 */
export function defaultPlaces(
  environment: (name: Variable) => string | undefined,
  uid: number | null,
): string[] {
  const places: string[] = [];
  if (uid !== 0) {
    const config = environment("XDG_CONFIG_HOME") ?? "";
    const home = environment("HOME") ?? "";
    if (config.startsWith("/")) places.push(`${config}/dnsfwd/${NAME}`);
    else if (home.startsWith("/")) places.push(`${home}/.config/dnsfwd/${NAME}`);
  }
  // Of several directories systemd names the first configured first.
  const [given] = (environment("CONFIGURATION_DIRECTORY") ?? "").split(":");
  return [...places, `${given || SYSTEM_DIRECTORY}/${NAME}`];
}

/** The first of `places` where there is something; undefined if there is nothing, or nothing may be looked at. */
export function findFile(places: readonly string[]): string | undefined {
  return places.find((place) => {
    try {
      Deno.statSync(place);
      return true;
    } catch (error) {
      const { code } = error as { code?: string };
      if (error instanceof Deno.errors.NotFound || code === "ENOTDIR") return false;
      if (error instanceof Deno.errors.NotCapable) return false;
      // A directory that may not be looked into is that of another user.
      if (code === "EACCES") return false;
      throw error;
    }
  });
}

/** The text of the file, which has to be there; throws `ConfigError`, with `setting` as what named it. */
export function readConfigFile(path: string, setting: string): string {
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) throw new ConfigError(setting, path, "expected a file, not something else");
    if (size > MAX_LENGTH) {
      throw new ConfigError(setting, path, `the file is larger than ${MAX_LENGTH} octets`);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(Deno.readFileSync(path));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(setting, path, explained(error));
  }
}

function explained(error: unknown): string {
  if (error instanceof TypeError) return "the file is not text in UTF-8";
  const reason = reasonOf(error, "file");
  return `cannot be read: ${reason}; expected a configuration file (TOML), or none`;
}
