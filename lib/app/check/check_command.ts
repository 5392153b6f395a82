/** The command `check`: whether `run` with the same options could serve. */

import type { RunCommand } from "../settings/command_line.ts";

/** Returns the exit code. That there is a command means that its settings are good. */
export function runCheckCommand({ configFile }: RunCommand): number {
  console.log(`OK: the settings${configFile ? ` of ${configFile}` : ""} can be used`);
  return 0;
}
