/** Configurations for a forwarder within the test's own process. */

import type { RunCommand } from "../../lib/app/settings/command.ts";
import { parseCommandLine } from "../../lib/app/settings/command_line.ts";
import type { Config } from "../../lib/app/settings/config.ts";

/** What `dnsfwd run` with `args` would do. */
export function runCommand(...args: string[]): RunCommand {
  const command = parseCommandLine(["run", ...args]);
  if (command.name !== "run") throw new Error("Not the command run");
  return command;
}

/** Its configuration: without state, trusting `caCerts` and no others if there are any. */
export function runConfig(args: readonly string[], caCerts: readonly string[] = []): Config {
  const { config } = runCommand(...args);
  return { ...config, caCerts, stateDirectory: undefined, isStateWanted: false };
}
