/** What the terminal, or whoever reads the output, can show: what the environment says of it. */

import type { Variable } from "../environment.ts";

type Environment = (name: Variable) => string | undefined;

/** Whether the locale is one of Unicode (POSIX.1-2017, XBD 8.2: the first that is set and not empty). */
export function isUnicodeLocale(environment: Environment): boolean {
  const names = ["LC_ALL", "LC_CTYPE", "LANG"] as const;
  const value = names.map(environment).find((each) => each) ?? "";
  return /utf-?8/i.test(value);
}

/** Whether a terminal understands more than lines. */
export function hasScreen(environment: Environment): boolean {
  return (environment("TERM") ?? "dumb") !== "dumb";
}
