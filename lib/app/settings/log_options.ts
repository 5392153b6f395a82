/** The options of the log and of the log of queries: rows of the table in options.ts. */

import { LOG_FORMATS, LOG_LEVELS } from "../../base/log/line.ts";
import { CLIENT_DETAILS } from "../query_log/client_text.ts";
import { categoryHelp, LEVELS_PATTERN, MAX_KEEP } from "./log_values.ts";
import type { Option } from "./option.ts";

const DEFAULT_LOG_LEVEL = 6;
/** With those kept 4 MB: little enough for a router that nobody looks at. */
const DEFAULT_LOG_SIZE = "1M";
const DEFAULT_LOG_KEEP = 3;

export const LOG_OPTIONS: readonly Option[] = [
  {
    name: "log-file",
    aliases: [],
    value: "FILE",
    commands: ["run"],
    isPath: true,
    examples: ["/var/log/dnsfwd.log"],
    help: [
      "Append log lines to this file (default: to standard",
      "error; in the background $LOGS_DIRECTORY/dnsfwd.log,",
      "else for root /var/log/dnsfwd.log, else dnsfwd.log in",
      "the state directory)",
    ],
  },
  {
    name: "log-max-size",
    aliases: [],
    value: "SIZE",
    commands: ["run"],
    defaults: [DEFAULT_LOG_SIZE],
    help: [
      "Size, as in 500k, at which the log file is renamed to",
      "FILE.1, FILE.1 to FILE.2 and so on; 0: never, for",
      `where logrotate does that (default: ${DEFAULT_LOG_SIZE})`,
    ],
  },
  {
    name: "log-keep",
    aliases: [],
    value: "NUMBER",
    commands: ["run"],
    defaults: [`${DEFAULT_LOG_KEEP}`],
    range: [0, MAX_KEEP],
    help: [`Older log files to keep, 0 to ${MAX_KEEP} (default: ${DEFAULT_LOG_KEEP})`],
  },
  {
    name: "log-level",
    aliases: ["loglevel"],
    value: "0..7",
    commands: ["run"],
    defaults: [`${DEFAULT_LOG_LEVEL}`],
    choices: LOG_LEVELS,
    range: [0, 7],
    pattern: LEVELS_PATTERN,
    help: [
      "Severity up to which lines are logged",
      `(default: ${DEFAULT_LOG_LEVEL}; 7: debug). Another for what lines are`,
      "about stands behind a comma, as in info,upstream=7:",
      ...categoryHelp(),
    ],
  },
  {
    name: "log-format",
    aliases: ["logformat"],
    value: "FORMAT",
    commands: ["run"],
    defaults: ["human"],
    choices: LOG_FORMATS,
    help: [`Form of log lines: ${LOG_FORMATS.join(", ")}`, "(default: human)"],
  },
  {
    name: "query-log",
    aliases: [],
    value: "FILE",
    commands: ["run"],
    isPath: true,
    examples: ["/var/log/dnsfwd-queries.log"],
    help: [
      "Append a line of JSON for each query to this file,",
      "which is rotated like the log file: who asked what,",
      "the reply, how long it took, whom it came from or why",
      "there was none; stdout: to standard output; none:",
      "queries are not logged (default: none)",
    ],
  },
  {
    name: "query-log-clients",
    aliases: [],
    value: "DETAIL",
    commands: ["run"],
    defaults: ["full"],
    choices: CLIENT_DETAILS,
    help: [
      "How it tells of clients: full (address), prefix",
      "(network: IPv4 /24, IPv6 /48) or none (default: full)",
    ],
  },
];
