/** Where the instance is that a command is about. */

import { readSystemFile } from "../../base/system_file.ts";
import { isThere } from "../path_exists.ts";
import { ConfigError } from "../settings/config_error.ts";
import { NoAnswer } from "./control_client.ts";
import { userId } from "../environment.ts";
import { InstanceError } from "./instance_error.ts";
import { InstanceLock } from "./instance_lock.ts";
import { NO_DIRECTORY, SYSTEM_DIRECTORY, usualRuntimeDirectories } from "./runtime_directory.ts";

const FIRST_NAME = /\/\.\d+\.\d+$/;

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

/**
 * The same for a command that asks the instance something; `command` is its name. Throws `NoAnswer` where only
 * that of the system runs, in the directory `system`, which belongs to another user.
 */
export function directoryToAsk(
  command: string,
  option: string | undefined,
  usual: readonly string[] = usualRuntimeDirectories(),
  { system = SYSTEM_DIRECTORY, uid = userId() } = {},
): string {
  // Root may ask any, and has named another place.
  const isOther = uid !== 0 && option === undefined && !usual.includes(system) &&
    !usual.some(isInUse);
  if (!isOther || !hasListener(system)) return runtimeDirectoryOf(option, usual);
  throw new NoAnswer(`Runs, but only root may ask it: sudo dnsfwd ${command}`);
}

/**
 * Whether an instance listens in `directory`, which only its owner may look into. The kernel tells everybody the
 * name that a socket got first: that of the process, as `instance.ts` makes it.
 */
function hasListener(directory: string): boolean {
  const lines = readSystemFile("/proc/net/unix")?.split("\n") ?? [];
  const isHeard = lines.some((line) => {
    const path = line.slice(line.indexOf("/"));
    return path.startsWith(`${directory}/.`) && FIRST_NAME.test(path);
  });
  // It may be that of a container, which shares the network with this machine and no file.
  return isHeard && isThere(directory);
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
