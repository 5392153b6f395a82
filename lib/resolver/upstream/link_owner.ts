/** What a link has to know, and what it needs of the upstream that owns it. */

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import type { Stream } from "../../net/dial.ts";
import type { Connection, ConnectionOwner } from "./connection.ts";
import type { Failure } from "../failure.ts";
import type { UpstreamCounters } from "./upstream_counters.ts";

export interface LinkOptions {
  /** The upstream as the user wrote it, for logs; and in short, for extended errors. */
  readonly name: string;
  readonly label: string;
  /** Whether a connection takes a TLS handshake. */
  readonly isEncrypted: boolean;
  /** Milliseconds that a query may wait. */
  readonly deadline: number;
  /** Milliseconds of idleness after which the connection is closed where the upstream does not say. */
  readonly idle: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Opens a stream; rejects with `DialError`. */
  readonly dial: () => Promise<Stream>;
  readonly random?: () => number;
  /** Connections at a time, where the upstream works on few queries on each. */
  readonly connections?: number;
}

export interface LinkOwner extends ConnectionOwner {
  readonly counters: UpstreamCounters;
  /** Whether queries wait that are not in flight. */
  readonly isWaiting: boolean;
  onOpen(connection: Connection): void;
  /** A connection is open beside the current one; `more` are being opened. */
  onOpenExtra(connection: Connection, more: number): void;
  /** No query that waits may hope any more: all are to end with `failure`. */
  onDown(failure: Failure): void;
}
