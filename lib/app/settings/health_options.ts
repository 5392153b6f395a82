/**
 * The options about the health of the program and its name among many: rows of the table in options.ts. In the
 * configuration file those about health stand in the table [health].
 */

import { MAX_DRAIN, READINESS } from "./health_settings.ts";
import type { Option } from "./option.ts";

const DEFAULT_NAME = "ready.dnsfwd.internal";

export const HEALTH_OPTIONS: readonly Option[] = [
  {
    name: "identity",
    aliases: [],
    value: "TEXT",
    commands: ["run"],
    mayBeEmpty: true,
    examples: ["host1"],
    help: [
      "Which of many instances this is, for status, metrics",
      "and --nsid; none: nobody is told (default: the name of",
      "this machine)",
    ],
  },
  {
    name: "nsid",
    aliases: [],
    commands: ["run"],
    help: ["Tell the identity to clients that ask for it (NSID)"],
  },
  {
    name: "readiness",
    aliases: [],
    value: "WHAT",
    commands: ["run"],
    table: "health",
    setting: "readiness",
    defaults: [READINESS[0]],
    choices: READINESS,
    help: [
      "What makes it ready for clients: serving (listeners",
      "are open) or upstream (and an upstream works; default:",
      "serving)",
    ],
  },
  {
    name: "drain",
    aliases: [],
    value: "SECONDS",
    commands: ["run"],
    table: "health",
    setting: "drain",
    defaults: ["0"],
    range: [0, MAX_DRAIN],
    help: [
      "How long to go on serving, marked as not ready, once",
      `it is told to end, 0 to ${MAX_DRAIN} (default: 0)`,
    ],
  },
  {
    name: "ready-name",
    aliases: [],
    value: "DOMAIN",
    commands: ["run"],
    table: "health",
    setting: "name",
    mayBeEmpty: true,
    defaults: [DEFAULT_NAME],
    help: [
      "Name whose TXT record tells clients over DNS whether",
      "it is ready; none: no name does (default:",
      `${DEFAULT_NAME})`,
    ],
  },
];
