/** The log of queries that the settings ask for. */

import type { ClientDetail } from "../query_log/client_text.ts";
import type { Rotation } from "../log_rotation.ts";
import type { StreamName } from "../standard_stream.ts";
import { namedStream, streamAt } from "../stream_path.ts";
import { type QueryLogConfig, STANDARD_OUTPUT } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { pathOf, type Values } from "./given.ts";
import type { Problems } from "./problems.ts";

const NONE = "none";

export interface Surroundings {
  /** Nobody reads the standard output. */
  readonly isBackground: boolean;
  /** Of the ordinary log, if one is named. */
  readonly logFile: string | undefined;
  readonly rotation: Rotation;
  readonly problems: Problems;
}

export function parseQueryLog(
  values: Values,
  clients: ClientDetail,
  { isBackground, logFile, problems, rotation }: Surroundings,
): QueryLogConfig | undefined {
  const given = values.of("query-log").at(-1);
  if (given === undefined || given.text === NONE) return undefined;
  const path = given.text === STANDARD_OUTPUT ? given.text : pathOf(given.text, given);
  const stream = path === STANDARD_OUTPUT
    ? path
    : isBackground
    ? streamAt(path)
    : namedStream(path);
  if (stream === undefined) {
    if (logFile === undefined || !isShared(path, logFile)) return { path, clients, rotation };
    const allowed = `expected another file than those of --log-file "${logFile}"`;
    problems.add(new ConfigError(given.setting, given.text, allowed));
    return undefined;
  }
  if (!isBackground) {
    return { path: stream === STANDARD_OUTPUT ? stream : path, clients, rotation };
  }
  problems.add(new ConfigError(given.setting, given.text, unread(stream)));
}

/** What is allowed instead of a standard stream in the background. */
export function unread(stream: StreamName): string {
  const name = stream === STANDARD_OUTPUT ? "standard output" : "standard error";
  return `expected a file, as nobody reads the ${name} in the background`;
}

/** Whether one is the other, or what the other is renamed to when it is full. */
function isShared(path: string, other: string): boolean {
  return path === other || isOlder(path, other) || isOlder(other, path);
}

function isOlder(path: string, latest: string): boolean {
  return path.startsWith(latest) && /^\.\d{1,2}$/.test(path.slice(latest.length));
}
