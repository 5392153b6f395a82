/** The options of the command line: one table for parsing, help and defaults. */

import { LOG_FORMATS } from "../../base/log.ts";
import { limitHelp } from "./limits.ts";

export interface Option {
  readonly name: string;
  /** Other spellings; those of the program of 2015 among them. */
  readonly aliases: readonly string[];
  /** What the value looks like; without it the option is a switch. */
  readonly value?: string;
  readonly isRepeatable?: boolean;
  /** The commands that take it. */
  readonly commands: readonly CommandName[];
  readonly help: readonly string[];
}

export const COMMANDS = [
  "run",
  "status",
  "reload",
  "reset",
  "stop",
  "query",
  "doctor",
  "demo",
  "help",
] as const;
export type CommandName = typeof COMMANDS[number];

export const DEFAULT_LISTEN = ["127.0.0.1:53", "[::1]:53"] as const;
export const DEFAULT_LOG_LEVEL = 6;

/** Seconds for which the doctor leaves a connection idle: public resolvers end theirs at 10. */
export const DEFAULT_IDLE_SECONDS = 15;
/** Reserved (RFC 2606, 3), so that no one's own servers are asked unless named. */
export const DEFAULT_DOCTOR_DOMAIN = "example.com";

export const OPTIONS: readonly Option[] = [
  {
    name: "listen",
    aliases: ["bind-udp"],
    value: "ADDR[:PORT]",
    isRepeatable: true,
    commands: ["run"],
    help: [
      "Address for clients, UDP and TCP; may be repeated",
      `(default: ${DEFAULT_LISTEN.join(" and ")})`,
    ],
  },
  {
    name: "upstream",
    aliases: ["connect-tcp"],
    value: "URI",
    isRepeatable: true,
    commands: ["run", "query", "doctor"],
    help: [
      "Resolver to ask: tls://ADDRESS[:853][#NAME],",
      "tls://NAME[:853], tcp://ADDRESS:PORT or unix:PATH;",
      "may be repeated. Behind tls://...? may stand, with &:",
      "pin=sha256:BASE64 of a public key (more are backups),",
      "ca=FILE (for this one only), cert=FILE&key=FILE (ours)",
      "profile=opportunistic (nobody is authenticated) and",
      "before-time-sync=NAME,... (of time servers: asked even",
      "while this machine's clock is too old to check dates)",
    ],
  },
  {
    name: "policy",
    aliases: [],
    value: "NAME",
    commands: ["run"],
    help: [
      "Which of several upstreams is asked: failover (the",
      "first that works), balance (the quicker of two) or",
      "race (two at once; default: failover)",
    ],
  },
  {
    name: "isolate",
    aliases: [],
    value: "WHOM",
    commands: ["run"],
    help: [
      "Connections of their own for each client (address) or",
      "each listener, never shared with others (default: all",
      "share one)",
    ],
  },
  {
    name: "ca",
    aliases: [],
    value: "FILE",
    isRepeatable: true,
    commands: ["run", "query", "doctor"],
    help: [
      "Certificates (PEM) of the only authorities to trust",
      "(default: the public ones known to the program)",
    ],
  },
  {
    name: "bootstrap",
    aliases: [],
    value: "ADDR[:PORT]",
    isRepeatable: true,
    commands: ["run", "query", "doctor"],
    help: [
      "Resolver to ask, in the clear, for the addresses of an",
      "upstream given by name; may be repeated, the next is",
      "asked if one does not answer (default: the system's)",
    ],
  },
  {
    name: "state-dir",
    aliases: [],
    value: "DIR",
    commands: ["run"],
    help: [
      "Directory for what is kept from one run to the next;",
      "none: nothing is (default: $STATE_DIRECTORY, else for",
      "root /var/lib/dnsfwd, else $XDG_STATE_HOME/dnsfwd or",
      "~/.local/state/dnsfwd)",
    ],
  },
  {
    name: "runtime-dir",
    aliases: [],
    value: "DIR",
    commands: ["run", "status", "reload", "reset", "stop"],
    help: [
      "Directory for the lock and the control socket of a",
      "running dnsfwd; none: it takes no commands (default:",
      "$RUNTIME_DIRECTORY, else for root /run/dnsfwd, else",
      "$XDG_RUNTIME_DIR/dnsfwd, else that for the state)",
    ],
  },
  {
    name: "truncate",
    aliases: [],
    commands: ["run"],
    help: ["Answer every UDP query at once with TC set, so that", "clients come over TCP"],
  },
  {
    name: "allow",
    aliases: [],
    value: "NETWORK",
    isRepeatable: true,
    commands: ["run"],
    help: [
      "Serve clients of this network, like 203.0.113.0/24,",
      "besides loopback, private and connected ones",
    ],
  },
  {
    name: "limit",
    aliases: [],
    value: "NAME=NUMBER",
    isRepeatable: true,
    commands: ["run"],
    help: ["Another limit than the default; may be repeated:", ...limitHelp()],
  },
  {
    name: "udp-io",
    aliases: [],
    value: "HOW",
    commands: ["run"],
    help: [
      "How to receive and send datagrams: plain (one by one),",
      "batch (many in a system call; Linux) or auto",
      "(default: auto, batch where that can be)",
    ],
  },
  {
    name: "log-level",
    aliases: ["loglevel"],
    value: "0..7",
    commands: ["run"],
    help: ["Severity up to which lines are logged", `(default: ${DEFAULT_LOG_LEVEL}; 7: debug)`],
  },
  {
    name: "log-format",
    aliases: ["logformat"],
    value: "FORMAT",
    commands: ["run"],
    help: [`Form of log lines: ${LOG_FORMATS.join(", ")}`, "(default: human)"],
  },
  {
    name: "allow-key-log",
    aliases: [],
    commands: ["run"],
    help: [
      "Let the variable SSLKEYLOGFILE write the TLS keys",
      "to a file (for debugging only)",
    ],
  },
  {
    name: "idle",
    aliases: [],
    value: "SECONDS",
    commands: ["doctor"],
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
    help: [
      "Ask for random names below this domain, some 70",
      `(default: ${DEFAULT_DOCTOR_DOMAIN})`,
    ],
  },
  {
    name: "once",
    aliases: [],
    commands: ["demo"],
    help: ["Exit after the report: 0 if every query was answered"],
  },
  {
    name: "help",
    aliases: ["h"],
    commands: ["run", "status", "reload", "reset", "stop", "query", "doctor", "demo"],
    help: ["Show this help"],
  },
  { name: "version", aliases: ["V"], commands: ["run"], help: ["Show the version"] },
];
