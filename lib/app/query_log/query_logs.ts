/** The log of queries that is kept now, if one is: another, or none, after a reload. */

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import type { QueryLog } from "../../listener/query_log.ts";
import { LogFile } from "../log_file.ts";
import type { QueryLogReport } from "../report/report.ts";
import { ConfigError } from "../settings/config_error.ts";
import { type QueryLogConfig, STANDARD_OUTPUT } from "../settings/config.ts";
import type { StreamName } from "../standard_stream.ts";
import { streamAt } from "../stream_path.ts";
import { BufferedQueryLog, type LineSink } from "./buffered_query_log.ts";
import { StandardOutput } from "./standard_output.ts";

const PLACES: Readonly<Record<string, string>> = {
  stdout: "standard output",
  stderr: "standard error",
};
const SLOW = "the disk is too slow";
const UNREAD = "nobody reads it in time, or the disk is too slow";
/** For the user of the program alone: it says who asked what. */
const MODE = 0o600;

export class QueryLogs {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #wall: () => number;
  #config: QueryLogConfig | undefined;
  #file: LogFile | undefined;
  #current: BufferedQueryLog | undefined;
  /** Whether clients are being served, so that nothing may wait for the disk. */
  #isRunning = false;
  /** Settles once those that were closed are. */
  #closing: Promise<void> = Promise.resolve();

  /** `wall` tells milliseconds since 1970. */
  constructor(clock: Clock, log: Logger, wall: () => number) {
    this.#clock = clock;
    this.#log = log;
    this.#wall = wall;
  }

  get current(): QueryLog | undefined {
    return this.#current;
  }

  /** The file, if this run has made it. */
  get ownFile(): string | undefined {
    return this.#file?.isMade ? this.#file.path : undefined;
  }

  /** Opens what `config` says; goes on, in the file that has the name now, where that is the same. */
  change(config: QueryLogConfig | undefined): void {
    const { path, clients } = this.#config ?? {};
    if (config && this.#current && config.path === path && config.clients === clients) {
      this.#config = config;
      if (this.#file) this.#file.rotation = config.rotation;
      return this.#current.reopen();
    }
    const before = this.#current;
    if (before) this.#closing = this.#closing.then(() => before.close());
    this.#config = config;
    this.#file = undefined;
    const sink = config && this.#open(config);
    this.#current = config && sink && new BufferedQueryLog({
      sink,
      slow: () => this.#isRead ? UNREAD : SLOW,
      clients: config.clients,
      clock: this.#clock,
      log: this.#log,
      wall: this.#wall,
    });
    if (this.#isRunning) this.#current?.reopen();
    this.#isRunning = true;
  }

  /** Undefined while none is kept. */
  report(): QueryLogReport | undefined {
    if (!this.#config || !this.#current) return undefined;
    const { written, dropped } = this.#current;
    return { path: this.#config.path, written, dropped };
  }

  /** Writes what is left, and closes. */
  async close(): Promise<void> {
    this.change(undefined);
    await this.#closing;
  }

  /** Whether others read what is written as it comes. */
  get #isRead(): boolean {
    return this.#file === undefined || this.#file.isPipe;
  }

  #open({ path, rotation }: QueryLogConfig): LineSink {
    const onFailure = (text: string) => this.#log.warning(text);
    const stream = streamOf(path);
    if (stream) return new StandardOutput(stream, this.#clock, onFailure);
    // What is missing is told by who knows how many queries that are.
    const warning = (text: string) => JSON.stringify({ warning: text });
    const common = {
      clock: this.#clock,
      mode: MODE,
      rotation,
      warning,
      onFailure,
      isPipeAllowed: true,
    };
    const file = this.#file = new LogFile(path, {
      ...common,
      what: "query log",
      isOpenedLater: this.#isRunning,
    });
    return {
      path,
      append: (lines) => file.append(lines),
      reopen: () => file.reopenLater(),
      close: () => file.close(),
    };
  }
}

/** The standard stream that is meant, if one is. */
function streamOf(path: string): StreamName | undefined {
  return path === STANDARD_OUTPUT ? path : streamAt(path);
}

/** Whether it is a file, which may have to be made again at any time. */
export function needsFile(config: QueryLogConfig | undefined): boolean {
  return config !== undefined && streamOf(config.path) === undefined;
}

/** For the ordinary log. */
export function describeLog({ clients, path }: QueryLogConfig): string {
  const place = PLACES[streamOf(path) ?? ""] ?? path;
  return `Logging queries to ${place} (addresses of clients: ${clients})`;
}

/**
 * Throws `ConfigError` for one that would need a permission which the program has given up since its start: a
 * file may have to be made.
 */
export function checkLogPermitted(config: QueryLogConfig | undefined): void {
  if (config === undefined || !needsFile(config)) return;
  const names = ["read", "write"] as const;
  const path = config.path;
  if (names.every((name) => Deno.permissions.querySync({ name, path }).state === "granted")) return;
  const allowed = "needs a restart: the program has given up the right to open files";
  throw new ConfigError("--query-log", path, allowed);
}
