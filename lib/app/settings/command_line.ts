/** What the user typed, as a command; every mistake is a `ConfigError`. Reads no file. */

import { LOG_FORMATS, LOG_LEVELS, type LogFormat } from "../../base/log.ts";
import { parseNetwork } from "../../listener/access.ts";
import {
  type Address,
  DNS_PORT,
  isIpAddress,
  parsePort,
  splitHostPort,
} from "../../net/address.ts";
import type { Target } from "../../net/dial.ts";
import { POLICIES, type PolicyName } from "../../resolver/pool/policy.ts";
import { type Config, type IsolationName, ISOLATIONS, type LogConfig } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { parseLimits } from "./limits.ts";
import { parseListen } from "./listen_address.ts";
import { checkCommand, last, parseValues, texts, type Values } from "./option_values.ts";
import {
  type CommandName,
  COMMANDS,
  DEFAULT_DOCTOR_DOMAIN,
  DEFAULT_IDLE_SECONDS,
  DEFAULT_LISTEN,
  DEFAULT_LOG_LEVEL,
} from "./options.ts";
import { UDP_IO, type UdpIo } from "../udp_io.ts";
import { formatTarget, parseUpstream, timeSyncText } from "./upstream_uri.ts";

export interface RunCommand {
  readonly name: "run";
  /** Complete but for the contents of `caFiles`, and what becomes of `stateDirectory`. */
  readonly config: Omit<Config, "caCerts" | "stateDirectory" | "isStateWanted">;
  readonly caFiles: readonly string[];
  /** As typed. */
  readonly stateDirectory: string | undefined;
  /** As typed. */
  readonly runtimeDirectory: string | undefined;
  readonly log: LogConfig;
  readonly allowKeyLog: boolean;
}

/** Which upstreams to ask, and whom to trust. */
interface Sources {
  readonly upstreams: readonly Target[];
  readonly bootstrap: readonly Address[];
  readonly caFiles: readonly string[];
}

export interface QueryCommand extends Sources {
  readonly name: "query";
  /** Name and type as typed: reading them takes a library that a forwarder has no use for. */
  readonly words: readonly string[];
}

export interface DoctorCommand extends Omit<Sources, "upstreams"> {
  readonly name: "doctor";
  readonly upstream: Target;
  /** As typed, both. */
  readonly uri: string;
  readonly domain: string;
  readonly idleSeconds: number;
}

/** Asks something of the instance that runs. */
export interface InstanceCommand {
  readonly name: "status" | "reload" | "reset" | "stop";
  /** As typed. */
  readonly runtimeDirectory: string | undefined;
}

export type Command =
  | RunCommand
  | InstanceCommand
  | DoctorCommand
  | QueryCommand
  | { readonly name: "demo"; readonly once: boolean }
  | { readonly name: "help"; readonly topic: CommandName | undefined }
  | { readonly name: "version" };

const MAX_UPSTREAMS = 8;
const MAX_BOOTSTRAPS = 8;
const MAX_IDLE_SECONDS = 600;

/** The command that `args` ask for; throws `ConfigError`. */
export function parseCommandLine(args: readonly string[]): Command {
  const values = parseValues(args);
  const [name = "run", ...rest] = values._.map(String);
  if (!isCommand(name)) {
    throw new ConfigError("Command", name, `allowed are ${COMMANDS.join(", ")}`);
  }
  if (name === "help") return { name, topic: parseTopic(rest) };
  if (values.help) return { name: "help", topic: values._.length > 0 ? name : undefined };
  if (values.version && name === "run") return { name: "version" };
  checkCommand(name, values);
  if (name === "query") return { name, words: rest, ...parseSources(values) };
  if (name === "doctor") return parseDoctor(values, rest);
  if (rest.length > 0) {
    throw new ConfigError("Argument", rest[0], "not expected; see dnsfwd --help");
  }
  if (name === "run") return parseRun(values);
  if (name === "demo") return { name, once: values.once === true };
  return { name, runtimeDirectory: last(values, "runtime-dir") };
}

/** The URI may stand without `--upstream`. */
function parseDoctor(values: Values, uris: readonly string[]): DoctorCommand {
  const given = { ...values, upstream: [...texts(values, "upstream"), ...uris] };
  const { upstreams: [upstream, ...more], bootstrap, caFiles } = parseSources(given);
  if (more.length > 0) {
    throw new ConfigError("--upstream", formatTarget(more[0]), "one is examined at a time");
  }
  return {
    name: "doctor",
    upstream,
    uri: given.upstream[0] ?? formatTarget(upstream),
    bootstrap,
    caFiles,
    domain: last(values, "name") ?? DEFAULT_DOCTOR_DOMAIN,
    idleSeconds: parseIdle(last(values, "idle")),
  };
}

function parseIdle(text = `${DEFAULT_IDLE_SECONDS}`): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= MAX_IDLE_SECONDS) return Number(text);
  throw new ConfigError("--idle", text, `expected seconds from 0 to ${MAX_IDLE_SECONDS}`);
}

function parseSources(values: Values): Sources {
  return {
    upstreams: parseUpstreams(values),
    bootstrap: parseBootstraps(texts(values, "bootstrap")),
    caFiles: texts(values, "ca"),
  };
}

function isCommand(name: string): name is CommandName {
  return (COMMANDS as readonly string[]).includes(name);
}

function parseTopic([topic]: string[]): CommandName | undefined {
  if (topic === undefined || isCommand(topic)) return topic;
  throw new ConfigError("Command", topic, `allowed are ${COMMANDS.join(", ")}`);
}

function parseRun(values: Values): RunCommand {
  const listen = texts(values, "listen");
  const { upstreams, bootstrap, caFiles } = parseSources(values);
  return {
    name: "run",
    config: {
      listen: (listen.length > 0 ? listen : DEFAULT_LISTEN).map(parseListen),
      isDefaultListen: listen.length === 0,
      upstreams,
      policy: parsePolicy(last(values, "policy")),
      isolate: parseIsolation(last(values, "isolate")),
      bootstrap,
      truncate: values.truncate === true,
      allow: texts(values, "allow").map(checkNetwork),
      udpIo: parseUdpIo(last(values, "udp-io")),
      limits: parseLimits(texts(values, "limit")),
    },
    caFiles,
    stateDirectory: last(values, "state-dir"),
    runtimeDirectory: last(values, "runtime-dir"),
    log: {
      level: parseLevel(last(values, "log-level")),
      format: parseFormat(last(values, "log-format")),
    },
    allowKeyLog: values["allow-key-log"] === true,
  };
}

function parseUpstreams(values: Values): Config["upstreams"] {
  // The program of 2015 took ADDRESS:PORT.
  const uris = [
    ...texts(values, "upstream"),
    ...texts(values, "connect-tcp").map((address) => `tcp://${address.replace(/^tcp:\/\//, "")}`),
  ];
  if (uris.length === 0) {
    throw new ConfigError(
      "--upstream",
      undefined,
      "missing; say which resolver to ask, for example one of\n" +
        "  --upstream tls://9.9.9.9#dns.quad9.net\n" +
        "  --upstream tls://1.1.1.1#one.one.one.one\n" +
        "  --upstream tls://8.8.8.8#dns.google",
    );
  }
  if (uris.length > MAX_UPSTREAMS) {
    throw new ConfigError(
      "--upstream",
      uris[MAX_UPSTREAMS],
      `at most ${MAX_UPSTREAMS} are allowed`,
    );
  }
  const targets = uris.map(parseUpstream);
  const names = targets.map(formatTarget);
  checkTimeSync(uris, targets);
  const repeated = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (repeated >= 0) throw new ConfigError("--upstream", uris[repeated], "given more than once");
  return targets;
}

/** Whoever is asked before the clock is set can be asked for the same. */
function checkTimeSync(uris: readonly string[], targets: readonly Target[]): void {
  const lists = targets.map(timeSyncText);
  const first = lists.find((each) => each !== undefined);
  const other = lists.findIndex((each) => each !== undefined && each !== first);
  if (other < 0) return;
  const allowed = "before-time-sync must name the same names wherever it is given";
  throw new ConfigError("--upstream", uris[other], allowed);
}

function parsePolicy(text = "failover"): PolicyName {
  const known = POLICIES.find((each) => each === text);
  if (known) return known;
  throw new ConfigError("--policy", text, `allowed are ${POLICIES.join(", ")}`);
}

function parseIsolation(text: string | undefined): IsolationName | undefined {
  if (text === undefined) return undefined;
  const known = ISOLATIONS.find((each) => each === text);
  if (known) return known;
  throw new ConfigError("--isolate", text, `allowed are ${ISOLATIONS.join(", ")}`);
}

function parseBootstraps(given: readonly string[]): Address[] {
  if (given.length <= MAX_BOOTSTRAPS) return given.map(parseBootstrap);
  const allowed = `at most ${MAX_BOOTSTRAPS} are allowed`;
  throw new ConfigError("--bootstrap", given[MAX_BOOTSTRAPS], allowed);
}

function parseBootstrap(text: string): Address {
  const { host, port = `${DNS_PORT}` } = splitHostPort(text);
  const number = parsePort(port);
  if (isIpAddress(host) && number) return { hostname: host, port: number };
  throw new ConfigError("--bootstrap", text, "expected ADDR[:PORT], as in 192.0.2.1");
}

function checkNetwork(text: string): string {
  if (parseNetwork(text)) return text;
  throw new ConfigError("--allow", text, "expected a network like 203.0.113.0/24 or 2001:db8::/32");
}

function parseUdpIo(text = "auto"): UdpIo {
  const known = UDP_IO.find((each) => each === text);
  if (known) return known;
  throw new ConfigError("--udp-io", text, `allowed are ${UDP_IO.join(", ")}`);
}

function parseLevel(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LOG_LEVEL;
  const level = /^[0-7]$/.test(text) ? +text : LOG_LEVELS.findIndex((name) => name === text);
  if (level >= 0) return level;
  throw new ConfigError("--log-level", text, `allowed are 0 to 7 or ${LOG_LEVELS.join(", ")}`);
}

function parseFormat(text: string | undefined): LogFormat {
  if (text === undefined) return "human";
  const format = LOG_FORMATS.find((each) => each === text);
  if (format) return format;
  throw new ConfigError("--log-format", text, `allowed are ${LOG_FORMATS.join(", ")}`);
}
