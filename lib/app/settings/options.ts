/**
 * The options: one table for the command line, the configuration file and its schema, help and defaults.
 * In the file they are settings of the same name: a switch is true or false, what may be repeated is a list,
 * what has `parts` is a table of numbers, and all else is a text.
 */

import { POLICIES } from "../../resolver/pool/policy.ts";
import { UDP_IO } from "../udp_io.ts";
import { COMMANDS, INSTANCE_COMMANDS } from "./commands.ts";
import { COMMAND_OPTIONS } from "./command_options.ts";
import { ISOLATIONS } from "./config.ts";
import { HEALTH_OPTIONS } from "./health_options.ts";
import { limitHelp, LIMITS } from "./limits.ts";
import { LOG_OPTIONS } from "./log_options.ts";
import { METRICS_PORT } from "./metrics_address.ts";
import type { Option } from "./option.ts";

const DEFAULT_LISTEN = ["127.0.0.1:53", "[::1]:53"] as const;

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
      "quad9, cloudflare, google, adguard or mullvad for the",
      "addresses of these (IPv4 and IPv6); may be repeated.",
      "Behind tls://...? may stand, with &:",
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
  ...HEALTH_OPTIONS,
  ...LOG_OPTIONS,
  {
    name: "allow-key-log",
    aliases: [],
    commands: ["run"],
    help: [
      "Let the variable SSLKEYLOGFILE write the TLS keys",
      "to a file (for debugging only)",
    ],
  },
  ...COMMAND_OPTIONS,
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
