/** What `check` can read as root, and the program, once it serves, cannot: warnings that say where to put it. */

import { findAccount, groupsOf, readDatabases } from "../service/user_database.ts";
import type { RunCommand } from "../settings/command.ts";
import { ConfigError } from "../settings/config_error.ts";
import { barrierTo, type FileReader, realPathOf } from "./file_reader.ts";
import type { Findings } from "./findings.ts";
import { ServiceUnit } from "./service_unit.ts";

/** A file that the configuration names, or the configuration itself. */
interface Named {
  readonly path: string;
  /** Where its name stands; undefined for the configuration. */
  readonly place: string | undefined;
  readonly use: "read" | "secret" | "log" | "directory" | "connect";
}

const HOME = "/etc/dnsfwd";

/** For root alone: what others cannot read, they have been told already. `place` tells where a value stands. */
export function tryServiceView(
  command: RunCommand,
  place: (option: string, index?: number) => string,
  findings: Findings,
  unit = ServiceUnit.find(),
): void {
  const reader = readerOf(command, unit);
  for (const named of namedFiles(command, place)) {
    const problem = problemOf(named, reader, unit);
    if (problem === undefined) continue;
    findings.warnings.push(
      named.place === undefined
        ? `${named.path}: ${problem}`
        : new ConfigError(named.place, named.path, problem).message,
    );
  }
}

function namedFiles(
  { caFiles, config, configFile, logFile, runtimeDirectory, stateDirectory }: RunCommand,
  place: (option: string, index?: number) => string,
): Named[] {
  const { queryLog, upstreams } = config;
  return [
    ...configFile === undefined
      ? []
      : [{ path: configFile, place: undefined, use: "read" as const }],
    ...caFiles.map((path, at) => ({ path, place: place("ca", at), use: "read" as const })),
    ...upstreams.flatMap((_, at) => upstreamFiles(config, at, place("upstream", at))),
    ...logFile === undefined
      ? []
      : [{ path: logFile, place: place("log-file"), use: "log" as const }],
    ...queryLog === undefined
      ? []
      : [{ path: queryLog.path, place: place("query-log"), use: "log" as const }],
    ...directory("state-dir", stateDirectory, place),
    ...directory("runtime-dir", runtimeDirectory, place),
  ].filter(({ path }) => path.startsWith("/") && !/^\/(dev|proc)\//.test(path));
}

function directory(
  option: string,
  path: string | undefined,
  place: (option: string) => string,
): Named[] {
  return path === undefined ? [] : [{ path, place: place(option), use: "directory" }];
}

function upstreamFiles({ upstreams }: RunCommand["config"], at: number, place: string): Named[] {
  const target = upstreams[at];
  if (target.transport === "unix") return [{ path: target.path, place, use: "connect" }];
  if (target.transport !== "tls" || !target.identity) return [];
  const { caFiles, certFile, keyFile } = target.identity;
  return [
    ...caFiles.map((path) => ({ path, place: `${place}, ca`, use: "read" as const })),
    ...certFile === undefined
      ? []
      : [{ path: certFile, place: `${place}, cert`, use: "read" as const }],
    ...keyFile === undefined
      ? []
      : [{ path: keyFile, place: `${place}, key`, use: "secret" as const }],
  ];
}

/** Whom the program is once it serves; undefined for root. */
function readerOf(
  { groups, user }: Pick<RunCommand, "groups" | "user">,
  unit: ServiceUnit | undefined,
): FileReader | undefined {
  if (unit?.otherUser !== undefined) {
    const { user: name, groups: given } = unit.account;
    return readerNamed(unit.otherUser, name, given, true);
  }
  return user === undefined ? undefined : readerNamed(`--user ${user}`, user, groups, false);
}

/** `isMember`: whether the groups that have the user among their members count, too. */
function readerNamed(
  who: string,
  user: string,
  groups: readonly string[],
  isMember: boolean,
): FileReader {
  try {
    const databases = readDatabases();
    const members = groupsOf(isMember ? user : "", groups, databases);
    try {
      const { gid, uid } = findAccount(user, groups.slice(0, 1), databases);
      return { who, uid, gids: [gid, ...members] };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { who, uid: undefined, gids: members };
    }
  } catch (error) {
    // That a database cannot be read is told where the account is tried.
    if (!(error instanceof ConfigError)) throw error;
    return { who, uid: undefined, gids: [] };
  }
}

/** Of the file as it is named, or else of what it leads to. */
function problemOf(
  named: Named,
  reader: FileReader | undefined,
  unit: ServiceUnit | undefined,
): string | undefined {
  const find = (each: Named) => unit && hiddenBy(unit, each) || unreadable(each, reader);
  const problem = find(named);
  if (problem !== undefined) return problem;
  const path = realPathOf(named.path);
  const beyond = path === named.path ? undefined : find({ ...named, path });
  return beyond && `is in truth ${path}: ${beyond}`;
}

/** Why the unit keeps the service from it, and where it should be. */
function hiddenBy(unit: ServiceUnit, { path, use }: Named): string | undefined {
  const isWritten = use === "log" || use === "directory";
  const setting = unit.hides(path) ?? (isWritten ? unit.forbidsWriting(path) : undefined);
  if (setting === undefined) return undefined;
  const what = isWritten ? "cannot write there" : "cannot see it";
  return `the service ${what} (${setting} in ${unit.path}); ${cure(use)}`;
}

function cure(use: Named["use"]): string {
  switch (use) {
    case "directory":
      return "leave it out and use the one that the unit makes";
    case "log":
      return "leave it out and use the journal, or add LogsDirectory=dnsfwd to the unit and " +
        "write below /var/log/dnsfwd";
    case "connect":
      return "have that socket made below /run";
    default:
      return `put the file in ${HOME}`;
  }
}

/** Why the user that the program goes on as cannot read it; `reader` is undefined for root. */
function unreadable({ path, use }: Named, reader: FileReader | undefined): string | undefined {
  if (reader === undefined || (use !== "read" && use !== "secret")) return undefined;
  const barrier = barrierTo(path, reader);
  if (barrier === undefined) return undefined;
  const { letter, whose } = barrier;
  const isFile = barrier.path === path;
  const why = `${whose} may not ${isFile ? "read the file" : `enter ${barrier.path}`}`;
  const what = use === "secret"
    ? "let that user's group alone read it (chgrp, chmod g+r), or hand it over with " +
      "LoadCredential= (systemd.exec(5))"
    : isFile
    ? `chmod ${letter}+r ${path}`
    : `put the file in ${HOME}`;
  return `the program cannot read it as another user (${reader.who}): ${why}; ${what}`;
}
