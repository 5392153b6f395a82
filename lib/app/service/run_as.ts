/** What `--user`, `--group` and `--no-root` ask for, done once all that takes root is done. */

import type { Logger } from "../../base/log.ts";
import { isStateFile, tryDirectory } from "../state_directory.ts";
import { reasonOf } from "../system_error.ts";
import { handOver, isPlain, type OwnDirectory } from "./hand_over.ts";
import { PrivilegeError, Privileges } from "./privileges.ts";
import type { Account } from "./user_database.ts";

export interface RunAsOptions {
  readonly account: Account;
  /** What is written to later. */
  readonly directories: readonly OwnDirectory[];
  /** Log files that are the program's own. */
  readonly logFiles: readonly string[];
  /** One of them that the user has named: it must be usable. */
  readonly wanted: string | undefined;
  /** Files that a reload reads. */
  readonly readAgain: readonly string[];
  readonly log: Logger;
}

export const ROOT_IS_FORBIDDEN =
  "Still running as root, which --no-root forbids; add --user NAME, or start as another user";

/** The state directory, as one to hand over. */
export function stateDirectoryAt(path: string): OwnDirectory {
  return { path, isOurs: isStateFile };
}

/** Goes on as another user; throws `PrivilegeError`. */
export function runAs(
  { account, directories, log, logFiles, readAgain, wanted }: RunAsOptions,
): void {
  const privileges = Privileges.open();
  if (Deno.uid() === 0) {
    for (const each of logFiles) if (isPlain(each)) privileges.give(each, account);
    for (const directory of directories) {
      try {
        handOver(directory, account, (path, to) => privileges.give(path, to));
      } catch (error) {
        log.warning(`Cannot give ${directory.path} to ${account.user}: ${reasonOf(error)}`);
      }
    }
  }
  privileges.become(account);
  const isConfined = privileges.confine();
  const groups = account.groups.length > 0 ? `, groups ${account.groups.join(", ")}` : "";
  log.info(`Running as ${account.user} (uid ${account.uid}, gid ${account.gid}${groups})`);
  if (!isConfined) {
    log.warning("Other programs can still be started: the kernel has no seccomp filters");
  }
  if (wanted !== undefined) tryWanted(wanted, account);
  for (const file of readAgain) tryReading(file, account, log);
}

/** `--no-root`: throws `PrivilegeError` if this process is root's. */
export function refuseRoot(): void {
  if (Deno.uid() !== 0) return;
  throw new PrivilegeError(ROOT_IS_FORBIDDEN);
}

function tryReading(file: string, { user }: Account, log: Logger): void {
  try {
    Deno.openSync(file).close();
  } catch (error) {
    const cure = `let that user read it (chmod, chgrp), or reload by a restart`;
    log.warning(`User ${user} cannot read ${file}: ${reasonOf(error)}; ${cure}`);
  }
}

function tryWanted(path: string, { user }: Account): void {
  try {
    tryDirectory(path);
  } catch (error) {
    const text = `User ${user} cannot use the state directory ${path}: ${reasonOf(error)}; ` +
      `give it to that user (chown), or name another one (--state-dir)`;
    throw new PrivilegeError(text, { cause: error });
  }
}
