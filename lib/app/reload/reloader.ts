/**
 * Reads what the program was started with once more, and the files that it names, and has the forwarder go on
 * with that. One for signals and for whoever else asks.
 */

import type { Clock } from "../../base/clock.ts";
import { configureLog, type Logger } from "../../base/log.ts";
import { LOG_LEVELS } from "../../base/log/line.ts";
import type { Forwarder } from "../forwarder.ts";
import type { LogOutput } from "../log_output.ts";
import { readAuthorities } from "../pem_files.ts";
import type { RunCommand } from "../settings/command.ts";
import type { Config } from "../settings/config.ts";
import { checkFixed, FIXED_IN_COMMAND } from "../settings/fixed_settings.ts";
import { tellOfUpstreams } from "../upstream_warnings.ts";

/** What the program was started with. */
export interface Started {
  readonly command: RunCommand;
  readonly config: Config;
}

/** What goes on with another configuration, or throws and goes on as before. */
type Reloaded = Pick<Forwarder, "reload">;

/** Where log lines go, which may be a file with a new name. */
type Output = Pick<LogOutput, "change" | "reopen" | "write">;

export class Reloader {
  readonly #forwarder: Reloaded;
  readonly #reread: () => Promise<RunCommand>;
  readonly #log: Logger;
  readonly #output: Output;
  readonly #clock: Clock;
  #current: Started;
  /** When that was read. */
  #read: number;
  /** One reload after the other, each by what the one before has left. */
  #last: Promise<void> = Promise.resolve();

  /** `reread` says what the program is to do now; it rejects with `ConfigError`. */
  constructor(
    forwarder: Reloaded,
    started: Started,
    reread: () => Promise<RunCommand>,
    log: Logger,
    output: Output,
    clock: Clock,
  ) {
    this.#forwarder = forwarder;
    this.#current = started;
    this.#reread = reread;
    this.#log = log;
    this.#output = output;
    this.#clock = clock;
    this.#read = clock.now();
  }

  /** The configuration in use. */
  get config(): Config {
    return this.#current.config;
  }

  /** Milliseconds since the configuration in use was read. */
  get age(): number {
    return this.#clock.now() - this.#read;
  }

  /** Rejects where that cannot be used; the log says why, and the program goes on as it was. */
  reload(): Promise<void> {
    const next = this.#last.then(() => this.#tell());
    this.#last = next.catch(() => {/* told to who asked for it */});
    return next;
  }

  async #tell(): Promise<void> {
    this.#output.reopen();
    try {
      await this.#reload();
    } catch (error) {
      const { message } = error as Error;
      const reasons = message.replaceAll(/\n {2}/g, " ").replaceAll("\n", "; ");
      this.#log.error(`Configuration not reloaded, going on with the old one: ${reasons}`);
      throw error;
    }
  }

  async #reload(): Promise<void> {
    const command = await this.#reread();
    const { stateDirectory, isStateWanted } = this.#current.config;
    const place = (option: string) => command.places[option.slice(2)]?.[0] ?? option;
    checkFixed(FIXED_IN_COMMAND, this.#current.command, command, place);
    const caCerts = readAuthorities("--ca", command.caFiles);
    const config = { ...command.config, caCerts, stateDirectory, isStateWanted };
    await this.#forwarder.reload(config);
    const before = this.#current;
    this.#current = { command, config };
    this.#read = this.#clock.now();
    this.#output.change(command);
    this.#changeLog(command, before.command);
    if (!isSame(config.upstreams, before.config.upstreams)) {
      tellOfUpstreams(config.upstreams, this.#log);
    }
  }

  /** Told where it can be seen: before fewer lines are logged, or after. */
  #changeLog({ config, log }: RunCommand, before: RunCommand): void {
    const isOther = !isSame(log, before.log);
    const linesPerMinute = config.limits.logLines;
    if (!isOther && linesPerMinute === before.config.limits.logLines) return;
    const text = `Logging from now on: ${describeLog(log)}`;
    const isLess = log.level < before.log.level;
    if (isOther && isLess) this.#log.info(text);
    configureLog({ ...log, linesPerMinute, write: this.#output.write });
    if (isOther && !isLess) this.#log.info(text);
  }
}

function describeLog({ format, level, levels }: RunCommand["log"]): string {
  const own = Object.entries(levels).map(([name, each]) => `, ${name} ${LOG_LEVELS[each]}`);
  return `level ${LOG_LEVELS[level]}${own.join("")}, format ${format}`;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
