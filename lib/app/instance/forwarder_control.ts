/** The commands of the control socket, for a running forwarder. */

import { formatAddress } from "../../net/address.ts";
import type { Forwarder } from "../forwarder.ts";
import type { Config } from "../settings/config.ts";
import { formatTarget } from "../settings/upstream_uri.ts";
import { VERSION } from "../version.ts";
import type { Health, InstanceStatus } from "./control_protocol.ts";
import type { Controlled } from "./control_server.ts";

/** What only the daemon knows and can do. */
export interface Daemon {
  /** That in use: it may change with a reload. */
  config(): Config;
  /** Where it comes from; null: the command line alone. */
  readonly configFile: string | null;
  health(): Promise<Health>;
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

  status(): InstanceStatus {
    const summary = this.#forwarder.summary();
    return {
      pid: Deno.pid,
      program: VERSION,
      uptime: Math.round(summary.uptime),
      addresses: this.#forwarder.addresses.map(formatAddress),
      upstreams: this.#daemon.config().upstreams.map(formatTarget),
      configFile: this.#daemon.configFile,
      summary: { ...summary },
    };
  }

  health(): Promise<Health> {
    return this.#daemon.health();
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
