/**
 * What the program writes is given to the user that it goes on as: what it makes now, and what it plainly made
 * in an earlier run. Nothing that exists for others is given away, and no link is followed.
 */

import { isThere } from "../path_exists.ts";
import type { Account } from "./user_database.ts";

/** Gives one path away (`Privileges.give()`). */
export type Give = (path: string, account: Account) => boolean;

/** A directory of ours. */
export interface OwnDirectory {
  readonly path: string;
  /** Whether a file in it is ours, by its name. */
  readonly isOurs: (name: string) => boolean;
}

const MODE = 0o700;
const ROOT = 0;

/**
 * Makes the directory for `account`, with those above it that are not there. One that is there is given away,
 * with its content, only if it is root's and has files of ours and nothing else. Throws what the system says.
 */
export function handOver({ path, isOurs }: OwnDirectory, account: Account, give: Give): void {
  const missing = missingDirectories(path);
  Deno.mkdirSync(path, { recursive: true, mode: MODE });
  const given = missing.length > 0 ? missing : ownContent(path, isOurs);
  for (const each of given) give(each, account);
}

/** Those of the path that are not there, the topmost first. */
function missingDirectories(path: string): string[] {
  const parts = path.replace(/\/+$/, "").split("/");
  const prefixes = parts.map((_, at) => parts.slice(0, at + 1).join("/"))
    .filter((prefix) => prefix !== "");
  return prefixes.filter((prefix) => !isThere(prefix));
}

/** The directory and the files in it, if all that is ours and root's; else nothing. */
function ownContent(path: string, isOurs: (name: string) => boolean): string[] {
  const { isDirectory, uid } = Deno.lstatSync(path);
  if (!isDirectory || uid !== ROOT) return [];
  const names = Array.from(Deno.readDirSync(path), ({ name }) => name);
  const files = names.map((name) => `${path}/${name}`);
  const isAllOurs = names.length > 0 && names.every(isOurs) && files.every(isPlain);
  return isAllOurs ? [...files, path] : [];
}

/** Root's, and not a directory or link, nor a file with another name elsewhere. */
export function isPlain(path: string): boolean {
  const { isFile, isSocket, nlink, uid } = Deno.lstatSync(path);
  return (isFile || isSocket === true) && nlink === 1 && uid === ROOT;
}
