/**
 * The options: one table for the command line, the configuration file and its schema, help and defaults.
 * In the file they are settings of the same name: a switch is true or false, what may be repeated is a list,
 * what has `parts` is a table of numbers, and all else is a text.
 */

import { LOG_FORMATS, LOG_LEVELS } from "../../base/log/line.ts";
import { POLICIES } from "../../resolver/pool/policy.ts";
import { CLIENT_DETAILS } from "../query_log/client_text.ts";
import { UDP_IO } from "../udp_io.ts";
import { COMMANDS, INSTANCE_COMMANDS } from "./commands.ts";
import { ISOLATIONS } from "./config.ts";
import { limitHelp, LIMITS } from "./limits.ts";
import { categoryHelp, LEVELS_PATTERN, MAX_KEEP } from "./log_values.ts";
import { METRICS_PORT } from "./metrics_address.ts";
import type { Option } from "./option.ts";

const DEFAULT_LISTEN = ["127.0.0.1:53", "[::1]:53"] as const;
const DEFAULT_LOG_LEVEL = 6;
/** With those kept 4 MB: little enough for a router that nobody looks at. */
const DEFAULT_LOG_SIZE = "1M";
const DEFAULT_LOG_KEEP = 3;

/** Seconds for which the doctor leaves a connection idle: public resolvers end theirs at 10. */
const DEFAULT_IDLE_SECONDS = 15;
const DEFAULT_WATCH_SECONDS = 2;
/** Reserved (RFC 2606, 3), so that no one's own servers are asked unless named. */
const DEFAULT_DOCTOR_DOMAIN = "example.com";

export const OPTIONS: readonly Option[] = [
  {
    name: "config",
    aliases: [],
    value: "FILE",
    commands: ["run", ...INSTANCE_COMMANDS, "query", "doctor"],
    isPath: true,
    isTypedOnly: true,
    help: [
      "Configuration file (TOML) with the same options, or",
      "none; the command line wins (default: dnsfwd.toml, if",
      "it is there, of $XDG_CONFIG_HOME/dnsfwd or",
      "~/.config/dnsfwd, but not for root; else of",
      "$CONFIGURATION_DIRECTORY or /etc/dnsfwd)",
    ],
  },
  {
    name: "listen",
    aliases: ["bind-udp"],
    value: "ADDR[:PORT]",
    isRepeatable: true,
    commands: ["run"],
    defaults: DEFAULT_LISTEN,
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
    examples: ["tls://9.9.9.9#dns.quad9.net"],
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
    defaults: ["failover"],
    choices: POLICIES,
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
    choices: ISOLATIONS,
    examples: ["client"],
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
    isPath: true,
    examples: ["/etc/ssl/certs/ca-certificates.crt"],
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
    examples: ["192.0.2.1"],
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
    isPath: true,
    examples: ["/var/lib/dnsfwd"],
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
    commands: ["run", ...INSTANCE_COMMANDS],
    isPath: true,
    examples: ["/run/dnsfwd"],
    help: [
      "Directory for the lock and the control socket of a",
      "running dnsfwd; none: it takes no commands (default:",
      "$RUNTIME_DIRECTORY, else for root /run/dnsfwd, else",
      "$XDG_RUNTIME_DIR/dnsfwd, else that for the state)",
    ],
  },
  {
    name: "user",
    aliases: [],
    value: "NAME|UID",
    mayBeNumber: true,
    commands: ["run"],
    examples: ["nobody"],
    help: [
      "Go on as this user once all is opened that takes root;",
      "not root, and no way back",
    ],
  },
  {
    name: "group",
    aliases: [],
    value: "NAME|GID",
    isRepeatable: true,
    mayBeNumber: true,
    commands: ["run"],
    examples: ["nogroup"],
    help: [
      "Group to go on with (default: that of the user); more",
      "are supplementary, of which there are none otherwise",
    ],
  },
  {
    name: "no-root",
    aliases: [],
    commands: ["run"],
    help: ["End with exit code 1 rather than go on as root"],
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
    examples: ["203.0.113.0/24"],
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
    parts: Object.values(LIMITS),
    help: ["Another limit than the default; may be repeated:", ...limitHelp()],
  },
  {
    name: "udp-io",
    aliases: [],
    value: "HOW",
    commands: ["run"],
    defaults: ["auto"],
    choices: UDP_IO,
    help: [
      "How to receive and send datagrams: plain (one by one),",
      "batch (many in a system call; Linux) or auto",
      "(default: auto, batch where that can be)",
    ],
  },
  {
    name: "metrics",
    aliases: [],
    value: "ADDR[:PORT]",
    commands: ["run"],
    defaults: ["none"],
    examples: ["127.0.0.1"],
    help: [
      "Serve numbers for Prometheus and a page for people",
      `over HTTP at this address (port: ${METRICS_PORT}); a port`,
      "alone is one of 127.0.0.1 (default: none)",
    ],
  },
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
    name: "events",
    aliases: [],
    commands: ["status"],
    help: ["Show what happened last instead, more than the log has"],
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
    commands: ["status"],
    help: ["As JSON, for programs; with --watch one line each time"],
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
  {
    name: "help",
    aliases: ["h"],
    commands: COMMANDS.filter((name) => name !== "help"),
    isTypedOnly: true,
    help: ["Show this help"],
  },
  {
    name: "version",
    aliases: ["V"],
    commands: ["run"],
    isTypedOnly: true,
    help: ["Show the version"],
  },
];

/** The option of that name, aliases included. */
export function findOption(name: string): Option | undefined {
  return OPTIONS.find((option) => option.name === name || option.aliases.includes(name));
}
