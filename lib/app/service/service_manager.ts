/**
 * What a service manager such as systemd is told of the program (sd_notify(3)): that it is ready, reloads or
 * stops, what it does, and again and again that it is alive (sd_watchdog_enabled(3)).
 */

import { type Clock, systemClock, type Timer } from "../../base/clock.ts";
import { type Logger, logger } from "../../base/log.ts";
import { takeVariable } from "./environment.ts";
import { type NotifySocket, openNotifySocket } from "./notify_socket.ts";
import { reasonOf } from "../system_error.ts";

/** The variables that are for this process alone, and not for those that it starts. */
const VARIABLES = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] as const;

/** Milliseconds that closing everything may take on a machine that is busy. */
const MARGIN = 4000;

export interface ServiceManagerOptions {
  readonly clock?: Clock;
  readonly log?: Logger;
}

export class ServiceManager implements Disposable {
  readonly #socket: NotifySocket;
  /** Milliseconds in which it wants to hear of us; undefined: it does not. */
  readonly #patience: number | undefined;
  readonly #clock: Clock;
  readonly #log: Logger;
  #timer: Timer | undefined;
  #hasFailed = false;

  private constructor(
    socket: NotifySocket,
    patience: number | undefined,
    { clock = systemClock, log = logger() }: ServiceManagerOptions,
  ) {
    this.#socket = socket;
    this.#patience = patience;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * The manager named by $NOTIFY_SOCKET, which is removed from the environment, as are the variables of its
   * watchdog; undefined if there is none, or none that can be told anything, which is logged.
   */
  static find(options: ServiceManagerOptions = {}): ServiceManager | undefined {
    const { log = logger() } = options;
    const [name, period, pid] = VARIABLES.map(takeVariable);
    if (!name) return undefined;
    const isOurs = pid === undefined || pid === `${Deno.pid}`;
    const patience = isOurs ? parsePeriod(period) : undefined;
    try {
      return new ServiceManager(openNotifySocket(name), patience, options);
    } catch (error) {
      const reason = reasonOf(error);
      log.warning(`The service manager at ${name} ($NOTIFY_SOCKET) is told nothing: ${reason}`);
      return undefined;
    }
  }

  /** Whether telling it takes the permission to write files for as long as the program runs. */
  get writesFile(): boolean {
    return this.#socket.writesFile;
  }

  /** The program serves, for the first time or after `reloading()`. */
  ready(status: string): void {
    this.#tell("READY=1", statusLine(status));
  }

  /** The configuration is read again; `ready()` must follow, also where the old one is kept. */
  reloading(): void {
    const time = this.#socket.monotonicTime();
    this.#tell("RELOADING=1", ...time === undefined ? [] : [`MONOTONIC_USEC=${time}`]);
  }

  /** It serves for another `duration` milliseconds, and then takes at most `grace` to end. */
  draining(duration: number, grace: number): void {
    // Without this its patience (TimeoutStopSec=) would begin now.
    const patience = (duration + grace + MARGIN) * 1000;
    const text = `Draining: serving for another ${duration / 1000} s, marked as not ready`;
    this.#tell("STOPPING=1", `EXTEND_TIMEOUT_USEC=${patience}`, statusLine(text));
  }

  stopping(): void {
    this.#tell("STOPPING=1", statusLine("Answering what is in flight"));
  }

  /** One line for people, which `systemctl status` shows. */
  status(text: string): void {
    this.#tell(statusLine(text));
  }

  /**
   * Tells that the program is alive while `isHealthy()` says so: twice in the time after which the manager
   * would restart it, if it wants to know at all. Until `close()`.
   */
  watch(isHealthy: () => boolean): void {
    if (this.#patience === undefined) return;
    this.#timer?.cancel();
    if (isHealthy()) this.#tell("WATCHDOG=1");
    this.#timer = this.#clock.after(this.#patience / 2, () => this.watch(isHealthy));
  }

  /** Ends `watch()`, and tells nothing more. */
  close(): void {
    this.#timer?.cancel();
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #tell(...lines: readonly string[]): void {
    this.#socket.send(lines.join("\n"), (reason) => {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      this.#log.warning(`Cannot tell the service manager ($NOTIFY_SOCKET): ${reason}`);
    });
  }
}

/** Each line is one variable. */
function statusLine(text: string): string {
  return `STATUS=${text.replace(/\s+/g, " ").trim()}`;
}

/** Microseconds as text to milliseconds. */
function parsePeriod(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,15}$/.test(text) ? Number(text) / 1000 : undefined;
}
