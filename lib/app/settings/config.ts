/** What the program is to do, as plain data; and the limits that are not settings. */

import type { LogCategory, LogFormat } from "../../base/log/line.ts";
import type { Address } from "../../net/address.ts";
import type { Target } from "../../net/dial.ts";
import type { Rotation } from "../log_rotation.ts";
import type { PolicyName } from "../../resolver/pool/policy.ts";
import type { ClientDetail } from "../query_log/client_text.ts";
import type { HealthSettings, IdentitySettings } from "./health_settings.ts";
import type { Limits } from "./limits.ts";
import type { UdpIo } from "../udp_io.ts";

/** Whose queries share no connection with those of others. */
export const ISOLATIONS = ["client", "listener"] as const;
export type IsolationName = typeof ISOLATIONS[number];

export interface Config {
  readonly listen: readonly Address[];
  /** Whether `listen` is the default, of which a part may be missing (a machine without IPv6). */
  readonly isDefaultListen: boolean;
  /** At least one; in the order of preference. */
  readonly upstreams: readonly Target[];
  readonly policy: PolicyName;
  readonly isolate: IsolationName | undefined;
  /** Whom to ask for the addresses of an upstream given by name; the system's resolver if there are none. */
  readonly bootstrap: readonly Address[];
  /** Certificates in PEM; if there are any, no others are trusted. */
  readonly caCerts: readonly string[];
  /** Where to keep what is worth it from one run to the next; undefined: nowhere. */
  readonly stateDirectory: string | undefined;
  /** Whether the user has named it. */
  readonly isStateWanted: boolean;
  readonly truncate: boolean;
  /** Networks whose clients are served besides the local ones. */
  readonly allow: readonly string[];
  readonly udpIo: UdpIo;
  /** undefined: queries are not logged. */
  readonly queryLog: QueryLogConfig | undefined;
  readonly limits: Limits;
  /** Where to tell of itself over HTTP; undefined: nowhere. */
  readonly metrics: Address | undefined;
  readonly health: HealthSettings;
  /** Which of many instances this is, and whether clients may know. */
  readonly identity: IdentitySettings;
}

/** The path of the query log that stands for standard output. */
export const STANDARD_OUTPUT = "stdout";

export interface QueryLogConfig {
  /** Absolute, if it was known where it begins; or `STANDARD_OUTPUT`. */
  readonly path: string;
  readonly clients: ClientDetail;
  /** Of a file. */
  readonly rotation: Rotation;
}

export interface LogConfig {
  /** Syslog severity, 0 to 7. */
  readonly level: number;
  /** Of the categories for which it is another. */
  readonly levels: Readonly<Partial<Record<LogCategory, number>>>;
  readonly format: LogFormat;
}

export const Limit = {
  /** Queries pending in all: 60,000 a second for 270 ms. */
  IN_FLIGHT: 16_384,
  /** Queries pending for a client with connections of its own; and the message IDs that it uses. */
  CLIENT_IN_FLIGHT: 1024,
  CLIENT_IDS: 4096,
  /** The same before the clock is set: a few names, each in two types. */
  TIME_SYNC_IN_FLIGHT: 256,
  /** Milliseconds until SERVFAIL: below the 5 s after which clients give up or ask again. */
  DEADLINE: 4500,
  /** Milliseconds to connect, handshake included: fits twice into the deadline. */
  DIAL: 2000,
  /** Milliseconds without a query until the connection is closed: public resolvers end theirs at 10 s. */
  UPSTREAM_IDLE: 8000,
  /** Queries of all TCP clients that wait at a time. */
  TCP_IN_FLIGHT: 8192,
  /** Milliseconds until an idle TCP client is disconnected that asks how long it may stay (RFC 7828). */
  TCP_KEEPALIVE: 30_000,
} as const;
