/** The options of commands other than `run`: rows of the table in options.ts. */

import type { Option } from "./option.ts";

/** Seconds for which the doctor leaves a connection idle: public resolvers end theirs at 10. */
const DEFAULT_IDLE_SECONDS = 15;
const DEFAULT_WATCH_SECONDS = 2;
/** Reserved (RFC 2606, 3), so that no one's own servers are asked unless named. */
const DEFAULT_DOCTOR_DOMAIN = "example.com";

export const COMMAND_OPTIONS: readonly Option[] = [
  {
    name: "events",
    aliases: [],
    commands: ["status"],
    help: ["Show what happened last instead, more than the log has"],
  },
  {
    name: "ready",
    aliases: [],
    commands: ["check"],
    help: ["Ask the one that runs whether it is ready, in one second"],
  },
  {
    name: "print-default",
    aliases: [],
    commands: ["config"],
    help: ["A file with all settings, their defaults and comments"],
  },
  {
    name: "print-schema",
    aliases: [],
    commands: ["config"],
    help: ["A JSON schema of the file, for editors"],
  },
  {
    name: "idle",
    aliases: [],
    value: "SECONDS",
    commands: ["doctor"],
    defaults: [`${DEFAULT_IDLE_SECONDS}`],
    help: [
      "How long to wait for the server to end an idle",
      `connection; 0: not at all (default: ${DEFAULT_IDLE_SECONDS})`,
    ],
  },
  {
    name: "name",
    aliases: [],
    value: "DOMAIN",
    commands: ["doctor"],
    defaults: [DEFAULT_DOCTOR_DOMAIN],
    help: [
      "Ask for random names below this domain, some 70",
      `(default: ${DEFAULT_DOCTOR_DOMAIN})`,
    ],
  },
  {
    name: "background",
    aliases: [],
    commands: ["run"],
    isInternal: true,
    help: ["Started by ensure, start or restart"],
  },
  {
    name: "print-crontab",
    aliases: [],
    commands: ["ensure"],
    help: ["Print the lines for a crontab instead, with the", "options given"],
  },
  {
    name: "json",
    aliases: [],
    commands: ["status", "check"],
    help: ["As JSON, for programs (status --watch: a line each time)"],
  },
  {
    name: "connect",
    aliases: [],
    commands: ["check"],
    help: ["Connect to each upstream and ask it a question, too"],
  },
  {
    name: "no-listen",
    aliases: [],
    commands: ["check"],
    help: [
      "Check settings and the files they name only, nothing of",
      "this machine: for a configuration meant for another one",
    ],
  },
  {
    name: "watch",
    aliases: [],
    commands: ["status"],
    help: ["Show it again and again until q or Ctrl-C"],
  },
  {
    name: "interval",
    aliases: [],
    value: "SECONDS",
    commands: ["status"],
    defaults: [`${DEFAULT_WATCH_SECONDS}`],
    help: [`How often, with --watch (default: ${DEFAULT_WATCH_SECONDS})`],
  },
  {
    name: "once",
    aliases: [],
    commands: ["demo"],
    help: ["Exit after the report: 0 if every query was answered"],
  },
];
