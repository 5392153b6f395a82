/** What `check` is asked for besides the options of `run`. */

import type { CheckCommand, RunCommand } from "./command.ts";
import { ConfigError } from "./config_error.ts";
import type { Values } from "./given.ts";
import type { Typed } from "./option_values.ts";
import type { Problems } from "./problems.ts";

/** `run` is what the other options ask for. */
export function parseCheck(
  run: RunCommand,
  typed: Typed,
  values: Values,
  problems: Problems,
): CheckCommand {
  const isReadyAsked = values.isOn("ready");
  const other = ["json", "connect", "no-listen"].find((each) => values.isOn(each));
  if (isReadyAsked && other !== undefined) {
    problems.add(new ConfigError("--ready", undefined, `cannot be combined with --${other}`));
  }
  return {
    name: "check",
    run,
    errors: problems.errors,
    isReadyAsked,
    isListenTyped: (typed.given.get("listen") ?? []).length > 0,
    isJson: values.isOn("json"),
    isConnecting: values.isOn("connect"),
    isFilesOnly: values.isOn("no-listen"),
  };
}
