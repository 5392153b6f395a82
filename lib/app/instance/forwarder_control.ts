/** The commands of the control socket, for a running forwarder. */

import type { RecordedEvent } from "../../base/log/flight_recorder.ts";
import { formatAddress } from "../../net/address.ts";
import type { Forwarder } from "../forwarder.ts";
import { nameText } from "../query/name_text.ts";
import type { Report } from "../report/report.ts";
import type { Config } from "../settings/config.ts";
import { VERSION } from "../version.ts";
import type { Health, Reply } from "./control_protocol.ts";
import type { Controlled } from "./control_server.ts";

/** What only the daemon knows and can do. */
export interface Daemon {
  /** Where it comes from; null: the command line alone. */
  readonly configFile: string | null;
  /** The address where the program tells of itself over HTTP; null: none. */
  metrics(): string | null;
  /** Milliseconds since the configuration in use was read. */
  configAge(): number;
  health(): Promise<Health>;
  /** As last found. */
  lastHealth(): Health;
  /** The configuration in use. */
  config(): Config;
  events(): readonly RecordedEvent[];
  /** Resolves once the configuration is in use; rejects with why it cannot be. */
  reload(): Promise<void>;
  /** Ends like SIGTERM. */
  stop(): void;
}

export class ForwarderControl implements Controlled {
  readonly #forwarder: Forwarder;
  readonly #daemon: Daemon;

  constructor(forwarder: Forwarder, daemon: Daemon) {
    this.#forwarder = forwarder;
    this.#daemon = daemon;
  }

  status(): Report {
    const { heapUsed, rss } = Deno.memoryUsage();
    const report = this.#forwarder.report();
    const { identity } = this.#daemon.config().identity;
    return {
      pid: Deno.pid,
      program: VERSION,
      ...(identity !== "" && { identity }),
      uptime: Math.round(report.summary.uptime),
      configFile: this.#daemon.configFile,
      metrics: this.#daemon.metrics(),
      configAge: Math.round(this.#daemon.configAge()),
      memory: { resident: rss, heapUsed },
      ...report,
    };
  }

  health(): Promise<Health> {
    return this.#daemon.health();
  }

  lastHealth(): Health {
    return this.#daemon.lastHealth();
  }

  readiness(): Pick<Reply, "addresses" | "readyName"> {
    const { readyName } = this.#daemon.config().health;
    return {
      addresses: this.#forwarder.addresses.map(formatAddress),
      ...(readyName && { readyName: nameText(readyName, 0) }),
    };
  }

  drain(): number {
    return this.#daemon.config().health.drain;
  }

  events(): readonly RecordedEvent[] {
    return this.#daemon.events();
  }

  reload(): Promise<void> {
    return this.#daemon.reload();
  }

  reset(): void {
    this.#forwarder.renew("Asked to by dnsfwd reset");
  }

  stop(): void {
    this.#daemon.stop();
  }
}
