/**
 * The limits that users may change: one table of their names, defaults, ranges and help. The rest of the
 * program sees them as `Limits`, a plain object of numbers.
 */

import { ConfigError } from "./config_error.ts";
import { didYouMean } from "./suggestion.ts";

export interface LimitSetting {
  /** As in `--limit NAME=NUMBER`. */
  readonly name: string;
  readonly default: number;
  /** 0 stands for no limit. */
  readonly min: number;
  readonly max: number;
  /** What the number counts, in few words. */
  readonly help: string;
}

/** By the property of `Limits` that has the number. */
export const LIMITS = {
  /** TCP connections of clients (RFC 9210, 4.2): each may need a descriptor and some KiB. */
  tcpConnections: {
    name: "tcp-connections",
    default: 256,
    min: 1,
    max: 65_535,
    help: "in all",
  },
  /** So that one client leaves room for others; much looser than the one that it should need. */
  tcpConnectionsPerClient: {
    name: "tcp-connections-per-client",
    default: 32,
    min: 1,
    max: 65_535,
    help: "per client address",
  },
  /** More wait in the socket (RFC 7766, 10). At 200 ms each, the default is 1,280 a second. */
  tcpInFlight: {
    name: "tcp-in-flight",
    default: 256,
    min: 1,
    max: 8192,
    help: "queries per connection",
  },
  /** After which a connection is closed, once all are answered; what is left is asked on a new one. */
  tcpQueries: {
    name: "tcp-queries",
    default: 0,
    min: 0,
    max: 1_000_000,
    help: "queries (0: no limit)",
  },
  tcpLifetimeSeconds: {
    name: "tcp-lifetime",
    default: 0,
    min: 0,
    max: 86_400,
    help: "seconds (0: no limit)",
  },
  /** The order of seconds, never below two (RFC 7766, 6.2.3); longer if the client asks (RFC 7828). */
  tcpIdleSeconds: {
    name: "tcp-idle",
    default: 10,
    min: 2,
    max: 3600,
    help: "seconds, at least 2",
  },
  /** For each network beyond loopback: more than a household asks, too little to flood anybody. */
  responsesPerSecond: {
    name: "responses-per-second",
    default: 1000,
    min: 0,
    max: 1_000_000,
    help: "over UDP (0: no limit)",
  },
  /** One, mostly; more while an upstream works on few queries on each (RFC 7766, 6.2.2). */
  upstreamConnections: {
    name: "upstream-connections",
    default: 4,
    min: 1,
    max: 16,
    help: "per upstream",
  },
  /** Each takes a connection and half a megabyte: as many as a household has machines. */
  isolated: {
    name: "isolated",
    default: 32,
    min: 1,
    max: 1024,
    help: "kept apart (--isolate)",
  },
  /** Far more than a bad minute has; should all of them come, they have some 60 kB. */
  logLines: {
    name: "log-lines",
    default: 600,
    min: 0,
    max: 1_000_000,
    help: "a minute (0: no limit)",
  },
} as const satisfies Readonly<Record<string, LimitSetting>>;

type LimitKey = keyof typeof LIMITS;
export type LimitChange = readonly [LimitKey, number];
export type Limits = { readonly [key in LimitKey]: number };

const KEYS = Object.keys(LIMITS) as LimitKey[];
const SETTINGS: readonly LimitSetting[] = Object.values(LIMITS);

const FORM = "expected NAME=NUMBER, as in tcp-connections=256; dnsfwd --help lists the names";

export const DEFAULT_LIMITS = Object.fromEntries(
  KEYS.map((key) => [key, LIMITS[key].default]),
) as Limits;

/** The defaults, but for the limits in `changes`, of which the last of a name counts. */
export function changedLimits(changes: readonly LimitChange[]): Limits {
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(changes) };
}

/** What `NAME=NUMBER` changes; throws `ConfigError`. */
export function parseLimit(text: string): LimitChange {
  const [, name, value] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  if (name === undefined) throw new ConfigError("--limit", text, FORM);
  const key = KEYS.find((each) => LIMITS[each].name === name);
  if (key === undefined) {
    const names = SETTINGS.map((setting) => setting.name);
    throw new ConfigError(
      "--limit",
      text,
      `allowed names are ${names.join(", ")}${didYouMean(name, names)}`,
    );
  }
  const { min, max } = LIMITS[key];
  if (/^\d+$/.test(value) && +value >= min && +value <= max) return [key, +value];
  throw new ConfigError("--limit", text, `expected a number ${range(min, max)}`);
}

function range(min: number, max: number): string {
  return min === 0 ? `from 1 to ${max}, or 0 for no limit` : `from ${min} to ${max}`;
}

/** A line for each limit, `NAME=DEFAULT` first. */
export function limitHelp(): string[] {
  const texts = SETTINGS.map((setting) => `${setting.name}=${setting.default}`);
  const width = Math.max(...texts.map((text) => text.length));
  return SETTINGS.map(({ help }, index) => `${texts[index].padEnd(width)}  ${help}`);
}
