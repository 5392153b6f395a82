/** Whether the program could run as told: as whom, with which directory for commands, and with its log file. */

import { userId } from "../environment.ts";
import {
  checkSocketPath,
  NO_DIRECTORY,
  prepareRuntimeDirectory,
  unusableDirectory,
} from "../instance/runtime_directory.ts";
import { needsFile } from "../query_log/query_logs.ts";
import { ROOT_IS_FORBIDDEN } from "../service/run_as.ts";
import { findAccount, readDatabases } from "../service/user_database.ts";
import type { RunCommand } from "../settings/command.ts";
import { ConfigError } from "../settings/config_error.ts";
import { tryDirectory } from "../state_directory.ts";
import { streamAt } from "../stream_path.ts";
import { reasonOf } from "../system_error.ts";
import { tryAppending } from "./appending_trial.ts";
import type { Findings } from "./findings.ts";
import { existing } from "./state_trial.ts";

/** Where a value of an option stands. */
type Place = (option: string, index?: number) => string;

/** User and groups; each group is tried by itself, so that all mistakes are found. */
export function tryAccount(
  { groups, isRootForbidden, user }: Pick<RunCommand, "groups" | "isRootForbidden" | "user">,
  place: Place,
  findings: Findings,
): void {
  if (user === undefined) {
    if (isRootForbidden && userId() === 0) findings.machine.push(ROOT_IS_FORBIDDEN);
    return;
  }
  const databases = findings.attempt(readDatabases, place("user"));
  if (databases === undefined) return;
  const trials = groups.length === 0 ? [[]] : groups.map((group) => [group]);
  trials.forEach((trial, at) => {
    try {
      findAccount(user, trial, databases);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const isGroup = error.setting === "--group";
      findings.add(error.at(isGroup ? place("group", at) : place("user")));
    }
  });
}

/** The directory that was asked for, if one was; it is not made. */
export function tryRuntimeDirectory(
  option: string | undefined,
  place: string,
  findings: Findings,
): void {
  if (option === undefined || option === NO_DIRECTORY) return;
  findings.attempt(() => {
    try {
      checkSocketPath(option);
      const directory = existing(option);
      if (directory === option) prepareRuntimeDirectory(directory);
      else tryDirectory(directory);
    } catch (error) {
      throw unusableDirectory(option, error);
    }
  }, place);
}

/** Log files that were asked for: without them the program runs all the same. */
export function tryLogs(
  { config: { queryLog }, logFile }: Pick<RunCommand, "config" | "logFile">,
  findings: Findings,
): void {
  if (logFile !== undefined) tryLog("log file", logFile, findings);
  if (queryLog && needsFile(queryLog)) tryLog("query log", queryLog.path, findings);
}

function tryLog(what: string, path: string, findings: Findings): void {
  if (streamAt(path)) return;
  try {
    tryAppending(path);
  } catch (error) {
    findings.warnings.push(`Cannot write the ${what} ${path}: ${reasonOf(error)}`);
  }
}
