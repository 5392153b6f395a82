/** What `check` can read as root, and the program, once it serves, cannot: warnings that say where to put it. */

import type { RunCommand } from "../settings/command.ts";
import { ConfigError } from "../settings/config_error.ts";
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
const OTHERS_READ = 0o004;
const OTHERS_SEARCH = 0o001;

/** For root alone: what others cannot read, they have been told already. `place` tells where a value stands. */
export function tryServiceView(
  command: RunCommand,
  place: (option: string, index?: number) => string,
  findings: Findings,
  unit = ServiceUnit.find(),
): void {
  for (const named of namedFiles(command, place)) {
    const problem = unit && hiddenBy(unit, named) ||
      unreadable(named, unit?.otherUser ?? (command.user && `--user ${command.user}`));
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

/** Why whoever the program goes on as cannot read it; `who` is undefined for root. */
function unreadable({ path, use }: Named, who: string | undefined): string | undefined {
  if (who === undefined || (use !== "read" && use !== "secret")) return undefined;
  const barrier = barrierTo(path);
  if (barrier === undefined) return undefined;
  const why = barrier === path ? "others may not read the file" : `others may not enter ${barrier}`;
  const what = use === "secret"
    ? "let that user's group alone read it (chgrp, chmod g+r), or hand it over with " +
      "LoadCredential= (systemd.exec(5))"
    : barrier === path
    ? `chmod o+r ${path}`
    : `put the file in ${HOME}`;
  return `the program cannot read it as another user (${who}): ${why}; ${what}`;
}

/** The first directory on the way, or the file, that is closed to others; undefined if none is, or nothing is there. */
function barrierTo(path: string): string | undefined {
  const parts = path.split("/").slice(1);
  for (let at = 1; at < parts.length; at++) {
    const directory = `/${parts.slice(0, at).join("/")}`;
    if (!allows(directory, OTHERS_SEARCH)) return directory;
  }
  return allows(path, OTHERS_READ) ? undefined : path;
}

function allows(path: string, right: number): boolean {
  try {
    const { mode } = Deno.statSync(path);
    return mode === null || (mode & right) !== 0;
  } catch (error) {
    // Told elsewhere, in the words that it deserves.
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
