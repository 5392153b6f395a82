/** Where the log file of a program in the background is: as told, else where the system keeps such files. */

import { userId, variable } from "./environment.ts";
import { defaultStateDirectory } from "./state_location.ts";

const NAME = "dnsfwd.log";

export interface LogLocation {
  readonly path: string;
  /** Whether its directory is the program's own, to be made if it is missing. */
  readonly makesDirectory: boolean;
}

/** What the choice depends on: options as typed, and what surrounds the program. */
export interface LogSurroundings {
  readonly logFile: string | undefined;
  readonly stateDirectory: string | undefined;
  readonly environment: (name: "LOGS_DIRECTORY") => string | undefined;
  readonly uid: number | null;
  readonly defaultState: string | undefined;
}

/** The file in the background; undefined if there is no place for one. */
export function chooseLogFile(
  options: Pick<LogSurroundings, "logFile" | "stateDirectory">,
): LogLocation | undefined {
  const uid = userId();
  const defaultState = defaultStateDirectory(variable, uid);
  const { logFile, stateDirectory } = options;
  return logLocation({ logFile, stateDirectory, environment: variable, uid, defaultState });
}

/**
 * The directory that systemd made (systemd.exec(5), LOGS_DIRECTORY), else for root, whose `uid` is 0, that of
 * the system, else the one for state.
 */
export function logLocation(given: LogSurroundings): LogLocation | undefined {
  const { logFile, stateDirectory, environment, uid, defaultState } = given;
  if (logFile !== undefined) return { path: logFile, makesDirectory: false };
  // Of several directories systemd names the first configured first.
  const [logs] = (environment("LOGS_DIRECTORY") ?? "").split(":");
  if (logs !== "") return { path: `${logs}/${NAME}`, makesDirectory: false };
  if (uid === 0) return { path: `/var/log/${NAME}`, makesDirectory: false };
  const state = stateDirectory === undefined || stateDirectory === "none"
    ? defaultState
    : stateDirectory;
  return state === undefined ? undefined : { path: `${state}/${NAME}`, makesDirectory: true };
}
