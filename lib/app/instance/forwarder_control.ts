/** The commands of the control socket, for a running forwarder. */

import { formatAddress } from "../../net/address.ts";
import type { Forwarder } from "../forwarder.ts";
import type { Config } from "../settings/config.ts";
import { formatTarget } from "../settings/upstream_uri.ts";
import { VERSION } from "../version.ts";
import type { Health, InstanceStatus } from "./control_protocol.ts";
import type { Controlled } from "./control_server.ts";

/** What only the daemon can do. */
export interface DaemonActions {
  /** Resolves once the configuration is in use; rejects with why it cannot be. */
  reload(): Promise<void>;
  /** Ends like SIGTERM. */
  stop(): void;
}

export class ForwarderControl implements Controlled {
  readonly #forwarder: Forwarder;
  readonly #config: Config;
  readonly #actions: DaemonActions;

  constructor(forwarder: Forwarder, config: Config, actions: DaemonActions) {
    this.#forwarder = forwarder;
    this.#config = config;
    this.#actions = actions;
  }

  status(): InstanceStatus {
    const summary = this.#forwarder.summary();
    return {
      pid: Deno.pid,
      program: VERSION,
      uptime: Math.round(summary.uptime),
      addresses: this.#forwarder.addresses.map(formatAddress),
      upstreams: this.#config.upstreams.map(formatTarget),
      configFile: null,
      summary: { ...summary },
    };
  }

  /** That there is a reply shows that events are handled; nothing else is known here. */
  health(): Promise<Health> {
    return Promise.resolve({ problem: undefined });
  }

  reload(): Promise<void> {
    return this.#actions.reload();
  }

  reset(): void {
    this.#forwarder.renew("Asked to by dnsfwd reset");
  }

  stop(): void {
    this.#actions.stop();
  }
}
