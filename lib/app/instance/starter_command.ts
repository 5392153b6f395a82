/** The commands that start the forwarder in the background: `ensure` for cron, `start` and `restart` for people. */

import { tell, tellError, told } from "../command_output.ts";
import { userId } from "../environment.ts";
import { chooseLogFile } from "../log_location.ts";
import { LogNote } from "../log_note.ts";
import type { RunCommand, StarterCommand } from "../settings/command.ts";
import { MAX_DRAIN } from "../settings/health_settings.ts";
import { reasonOf } from "../system_error.ts";
import { NotStarted, startInBackground } from "./background.ts";
import { crontabText } from "./crontab.ts";
import { InstanceError } from "./instance_error.ts";
import { InstanceLock } from "./instance_lock.ts";
import { type Finding, findInstance } from "./liveness.ts";
import { ownProgramInShort } from "./own_program.ts";
import { runtimeDirectoryOf } from "./running_instance.ts";
import {
  prepareRuntimeDirectory,
  unusableDirectory,
  usualRuntimeDirectories,
} from "./runtime_directory.ts";
import { StartLock } from "./start_lock.ts";
import { stopInstance } from "./stop_command.ts";

/** Milliseconds for another command to be done, which may end one instance and start another. */
const TURN_TIME = 45_000 + MAX_DRAIN * 1000;

/** Returns the exit code; throws `ConfigError` or `InstanceError` if it cannot be done. */
export async function runStarterCommand(command: StarterCommand): Promise<number> {
  if (command.printCrontab) {
    const words = [...ownProgramInShort(), "ensure", ...command.args];
    console.log(crontabText(words, crontabOwner(command.run)));
    return 0;
  }
  const directory = directoryFor(command.run.runtimeDirectory);
  try {
    return await see(command, directory);
  } catch (error) {
    if (!(error instanceof NotStarted) || error.message !== "") throw error;
    return error.exitCode;
  } finally {
    await told();
  }
}

async function see(command: StarterCommand, directory: string): Promise<number> {
  let found = await look(command, directory);
  if (isGood(command, found)) return 0;
  // Loaded only here, as this command mostly finds that all is well.
  const { checkFiles } = await import("./checked_files.ts");
  checkFiles(command.run);
  prepare(command.run.runtimeDirectory, directory);
  using _turn = await StartLock.take(directory, TURN_TIME);
  // Who had the turn before may have started one.
  if (InstanceLock.holder(directory) !== found?.pid) found = await look(command, directory);
  if (isGood(command, found)) return 0;
  if (found) await replace(command, directory, found);
  const pid = await startInBackground(directory, command.args);
  say(
    command,
    `Started dnsfwd (process ${pid}), log in ${chooseLogFile(command.run)?.path ?? "none"}`,
  );
  return 0;
}

/** Whether the instance is well does not matter where it is to be ended. */
async function look({ name }: StarterCommand, directory: string): Promise<Finding | undefined> {
  if (name !== "restart") return await findInstance(directory);
  const pid = InstanceLock.holder(directory);
  return pid === undefined ? undefined : { pid, problem: undefined };
}

function isGood(command: StarterCommand, found: Finding | undefined): boolean {
  if (command.name === "restart" || !found || found.problem !== undefined) return false;
  say(command, `dnsfwd is running already (process ${found.pid})`);
  return true;
}

/** Ends the instance that was found. What was wrong with it is for the log, which outlives it. */
async function replace(
  command: StarterCommand,
  directory: string,
  { pid, problem }: Finding,
): Promise<void> {
  using log = new LogNote(command.run);
  if (problem !== undefined) log.warning(`Replacing process ${pid}: ${problem}`);
  await stopInstance(directory, (text) => {
    log.warning(text);
    if (command.name !== "ensure") tellError(`dnsfwd: ${text}`);
  });
  say(command, `Stopped dnsfwd (process ${pid})`);
}

/** The place of the one that runs, or for the next: outside a session, as it is to outlive that. */
function directoryFor(option: string | undefined): string {
  return runtimeDirectoryOf(option, usualRuntimeDirectories().toReversed());
}

function prepare(option: string | undefined, directory: string): void {
  try {
    prepareRuntimeDirectory(directory);
  } catch (error) {
    if (option !== undefined) throw unusableDirectory(option, error);
    const advice = "--runtime-dir DIR chooses another";
    throw new InstanceError(`Cannot use ${directory}: ${reasonOf(error)} (${advice})`);
  }
}

/** Cron sends a mail for every line, and nobody wants one if all is well. */
function say({ name }: StarterCommand, text: string): void {
  if (name !== "ensure") tell(text);
}

/** Ports below 1024 are for root, unless somebody has changed that. */
function crontabOwner({ config }: RunCommand): string {
  const needsRoot = userId() === 0 || config.listen.some(({ port }) => port > 0 && port < 1024);
  return needsRoot ? "the crontab of root (crontab -e as root)" : "your crontab (crontab -e)";
}
