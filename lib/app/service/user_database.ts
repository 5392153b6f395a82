/**
 * Users and groups by name or number, from the files of the system: passwd(5) and group(5). Those kept
 * elsewhere (LDAP and the like) are known by their numbers only.
 */

import { ConfigError } from "../settings/config_error.ts";
import { reasonOf } from "../system_error.ts";

/** Whose rights a process has. */
export interface Account {
  /** As the user was given, for messages. */
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

/** The texts of the two files. */
export interface Databases {
  readonly passwd: string;
  readonly group: string;
}

/** The highest number stands for "leave as it is" in setresuid(2). */
const MAX_ID = 0xffff_fffe;
const USER_FORM = "expected the name of a user, or a number from 1 on";
const GROUP_FORM = "expected the name of a group, or a number from 1 on";

/** The texts of /etc/passwd and /etc/group; a file that is not there is empty. */
export function readDatabases(): Databases {
  return { passwd: readText("/etc/passwd"), group: readText("/etc/group") };
}

/**
 * The account for `--user` and `--group`. The first group is the one to run with, by default that of the user;
 * those that follow are supplementary. The groups in which group(5) has the user are not taken over: they
 * are for what the user does at a terminal, and nothing here needs them. Throws `ConfigError`.
 */
export function findAccount(
  user: string,
  groups: readonly string[],
  { passwd, group }: Databases,
): Account {
  const entry = entries(passwd).find(([name, , uid]) => name === user || uid === user);
  const uid = toId("--user", user, entry?.[2] ?? user, USER_FORM, "no such user in /etc/passwd");
  if (uid === 0) throw new ConfigError("--user", user, `is root; ${USER_FORM}`);
  const gids = groups.map((each) => {
    const found = entries(group).find(([name]) => name === each);
    const absent = "no such group in /etc/group";
    const gid = toId("--group", each, found?.[2] ?? each, GROUP_FORM, absent);
    if (gid === 0) throw new ConfigError("--group", each, `is the group of root; ${GROUP_FORM}`);
    return gid;
  });
  const own = isNumber(entry?.[3] ?? "") ? Number(entry?.[3]) : undefined;
  const [gid = own, ...others] = gids;
  if (gid === undefined) {
    throw new ConfigError("--user", user, "is not in /etc/passwd; name a group as well (--group)");
  }
  if (gid === 0) {
    throw new ConfigError("--user", user, "has the group of root; name another one (--group)");
  }
  return { user, uid, gid, groups: others };
}

/** The numbers of the groups of those names or numbers, and of those that have `user` among their members. */
export function groupsOf(user: string, names: readonly string[], { group }: Databases): number[] {
  const isMeant = ([name, , gid, members = ""]: readonly string[]) =>
    names.includes(name) || names.includes(gid) ||
    (user !== "" && members.split(",").includes(user));
  return entries(group).filter(isMeant).map(([, , gid]) => Number(gid));
}

/** Lines with fields between colons; comments and lines of other forms have no number where one must be. */
function entries(text: string): string[][] {
  return text.split("\n").map((line) => line.split(":")).filter(([, , id]) => isNumber(id ?? ""));
}

function toId(option: string, given: string, id: string, form: string, absent: string): number {
  if (!isNumber(id)) throw new ConfigError(option, given, `${absent}; ${form}`);
  if (Number(id) > MAX_ID) throw new ConfigError(option, given, `too large; ${form}`);
  return Number(id);
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw new ConfigError("--user", undefined, `cannot read ${path}: ${reasonOf(error, "file")}`);
  }
}
