/** Where the instance is that a command is about. */

import { ConfigError } from "../settings/config_error.ts";
import { InstanceError } from "./instance_error.ts";
import { InstanceLock } from "./instance_lock.ts";
import { NO_DIRECTORY, usualRuntimeDirectories } from "./runtime_directory.ts";

/**
 * The runtime directory of a command with this value of `--runtime-dir`. Without one, the first of the usual
 * places where an instance runs: cron has no session, and thus not the directory that a person logged in has.
 * Else the first. Throws `ConfigError` or `InstanceError` if there is none.
 */
export function runtimeDirectoryOf(
  option: string | undefined,
  usual: readonly string[] = usualRuntimeDirectories(),
): string {
  if (option === NO_DIRECTORY) {
    throw new ConfigError("--runtime-dir", option, "expected the directory of a running dnsfwd");
  }
  const directory = option ?? usual.find(isInUse) ?? usual.at(0);
  if (directory !== undefined) return directory;
  throw new InstanceError(
    "There is no usual place to look for dnsfwd; --runtime-dir DIR names one",
  );
}

/** What cannot be looked at is not ours. */
function isInUse(directory: string): boolean {
  try {
    return InstanceLock.holder(directory) !== undefined;
  } catch (error) {
    if (!(error instanceof InstanceError)) throw error;
    return !(error.cause instanceof Deno.errors.PermissionDenied);
  }
}
