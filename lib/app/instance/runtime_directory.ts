/**
 * The directory in which a running instance can be found:
 *
 *     instance.lock   held by the instance for its life (flock(2)); its process ID and a newline
 *     control.sock    where it takes commands
 *     start.lock      held by commands that start or end an instance, while they do
 *
 * It belongs to the user of the program, and nobody else may write to it: who could, could take the lock,
 * or answer in the place of the instance.
 */

import { ConfigError } from "../settings/config_error.ts";
import { userId, type Variable, variable } from "../environment.ts";
import { reasonOf } from "../system_error.ts";
import { defaultStateDirectory } from "../state_location.ts";

/** The value of `--runtime-dir` that turns it off. */
export const NO_DIRECTORY = "none";

const PROGRAM = "dnsfwd";
/** Where that of root, and of systemd's unit, is. */
export const SYSTEM_DIRECTORY = `/run/${PROGRAM}`;
const DIRECTORY_MODE = 0o700;
const OTHERS_MAY_WRITE = 0o022;
/** Octets of the path of a socket, with the zero at its end (unix(7)). */
const MAX_SOCKET_PATH = 108;
/** Under which the socket is made, before it gets its own. */
const LONGEST_NAME = "/.4194304.999999";

/**
 * Where an instance may be without an option that says so, the place to use first: the directory that systemd made
 * (systemd.exec(5), RUNTIME_DIRECTORY), else for root, whose `uid` is 0, one of the system, else the user's
 * (XDG Base Directory Specification), which is there only while the user is logged in, else the one for state.
 */
export function defaultRuntimeDirectories(
  environment: (name: Variable) => string | undefined,
  uid: number | null,
): string[] {
  // Of several directories systemd names the first configured first.
  const [given] = (environment("RUNTIME_DIRECTORY") ?? "").split(":");
  if (given !== "") return [given];
  if (uid === 0) return [SYSTEM_DIRECTORY];
  const runtime = environment("XDG_RUNTIME_DIR") ?? "";
  const state = defaultStateDirectory(environment, uid);
  return [
    ...runtime.startsWith("/") ? [`${runtime}/${PROGRAM}`] : [],
    ...state === undefined ? [] : [state],
  ];
}

/** The same for this process. */
export function usualRuntimeDirectories(): string[] {
  return defaultRuntimeDirectories(variable, userId());
}

/**
 * Makes the directory unless it is there, and tries it; throws an `Error` that says why it cannot be used,
 * for `reasonOf()`. It is made for its owner alone; one that is there may be read by others.
 */
export function prepareRuntimeDirectory(path: string): void {
  checkSocketPath(path);
  Deno.mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  const { uid, mode } = Deno.statSync(path);
  if (((mode ?? 0) & OTHERS_MAY_WRITE) !== 0) {
    throw new Error("others than its owner may write to it");
  }
  if (uid !== ownerOfNewFiles(path)) throw new Error("it belongs to another user");
}

/** Throws an `Error` if the path of the socket in `directory` would be too long. */
export function checkSocketPath(directory: string): void {
  if (new TextEncoder().encode(directory + LONGEST_NAME).length < MAX_SOCKET_PATH) return;
  throw new Error(`its name is longer than the ${MAX_SOCKET_PATH} octets that a socket may have`);
}

/** Who we are, found out by what can be done at any time: the right to ask is given up after the start. */
function ownerOfNewFiles(directory: string): number | null {
  const trial = Deno.makeTempFileSync({ dir: directory, prefix: ".trial-" });
  try {
    return Deno.statSync(trial).uid;
  } finally {
    Deno.removeSync(trial);
  }
}

/** The value of `--runtime-dir` is of no use; what `error` says of it. */
export function unusableDirectory(option: string, error: unknown): ConfigError {
  const reason = reasonOf(error);
  const wanted = `a directory of your own that nobody else may write to, or ${NO_DIRECTORY}`;
  return new ConfigError("--runtime-dir", option, `cannot be used: ${reason}; expected ${wanted}`);
}
