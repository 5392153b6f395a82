/**
 * Whether and where the program tells of itself over HTTP (`--metrics`), which a reload may change. All that
 * takes is loaded only when it is asked for.
 *
 *     change() opens what is new, or throws and has changed nothing --> apply() or abandon()
 *
 * An address that this machine does not have is tried again each second.
 */

import type { Clock, Timer } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import { type Address, formatAddress, isLoopback } from "../net/address.ts";
import { BindError, bindStream } from "./bind.ts";
import type { Forwarder } from "./forwarder.ts";
import { absenceText } from "./serving/awaited_addresses.ts";
import type { Config } from "./settings/config.ts";
import type { Told } from "./web/routes.ts";
import type { Routes, WebServer } from "./web/web_server.ts";

export interface MetricsServiceOptions {
  readonly forwarder: Pick<Forwarder, "allows" | "httpConnections" | "reload">;
  readonly told: Told;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What is to be served; undefined: nothing, or nothing yet. */
interface Change {
  readonly wanted: Address | undefined;
  readonly server: WebServer | undefined;
}

/** Milliseconds until an address is tried again that this machine did not have. */
const RETRY = 1000;

export class MetricsService {
  readonly #options: MetricsServiceOptions;
  /** The same for every server, as counters are. */
  #routes: Routes | undefined;
  #wanted: Address | undefined;
  #server: WebServer | undefined;
  /** Serves on a socket. */
  #make: ((listener: Deno.TcpListener) => WebServer) | undefined;
  #retry: Timer | undefined;
  /** What the log was told of an address that is awaited. */
  #told = "";

  constructor(options: MetricsServiceOptions) {
    this.#options = options;
  }

  /** Where it is served, with the actual port; null: nowhere. */
  get address(): string | null {
    return this.#server ? formatAddress(this.#server.address) : null;
  }

  /** Serves where `metrics` says, if that is anywhere; rejects with `BindError`. */
  async start({ metrics }: Config): Promise<void> {
    this.#apply(await this.#change(metrics));
  }

  /** Has the forwarder go on with `config`, and serves where that says; rejects if either fails, and all is as before. */
  async reload(config: Config): Promise<void> {
    const change = await this.#change(config.metrics);
    try {
      await this.#options.forwarder.reload(config);
    } catch (error) {
      if (change.server !== this.#server) change.server?.close();
      throw error;
    }
    const before = this.address;
    this.#apply(change);
    if (this.address !== before) this.announce();
  }

  /** Tells the log where, and whom else. */
  announce(): void {
    const { log } = this.#options;
    if (this.#server === undefined) return;
    log.info(`Metrics at http://${this.address}/metrics`);
    if (isLoopback(this.#server.address.hostname)) return;
    log.warning(
      `Metrics at ${this.address} can be read by everybody who can reach it and may ask (--allow)`,
    );
  }

  close(): void {
    this.#apply({ wanted: undefined, server: undefined });
  }

  async #change(wanted: Address | undefined): Promise<Change> {
    if (wanted === undefined) return { wanted, server: undefined };
    if (isSame(wanted, this.#wanted)) return { wanted, server: this.#server };
    const { WebServer } = await import("./web/web_server.ts");
    const routes = await this.#findRoutes();
    const { clock, forwarder, log } = this.#options;
    const allows = (host: string) => forwarder.allows(host);
    const connections = () => forwarder.httpConnections;
    this.#make = (listener) => new WebServer(listener, { routes, allows, connections, clock, log });
    try {
      return { wanted, server: this.#make(bindStream(wanted, "--metrics")) };
    } catch (error) {
      if (!(error instanceof BindError && error.isMissing)) throw error;
      return { wanted, server: undefined };
    }
  }

  #apply({ server, wanted }: Change): void {
    this.#wanted = wanted;
    this.#await(server === undefined ? wanted : undefined);
    if (server === this.#server) return;
    this.#server?.close();
    this.#server = server;
    // It never rejects.
    server?.run();
  }

  /** Serves at `wanted` once this machine has it; undefined: waits for nothing. */
  #await(wanted: Address | undefined): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    if (wanted === undefined) return;
    this.#warn(absenceText("No metrics at", wanted));
    this.#retryLater(wanted);
  }

  #retryLater(wanted: Address): void {
    this.#retry = this.#options.clock.after(RETRY, () => this.#tryAgain(wanted));
  }

  #tryAgain(wanted: Address): void {
    try {
      const server = this.#make?.(bindStream(wanted, "--metrics"));
      this.#apply({ wanted, server });
      this.announce();
    } catch (error) {
      if (!(error instanceof BindError)) throw error;
      if (!error.isMissing) this.#warn(error.message);
      this.#retryLater(wanted);
    }
  }

  #warn(text: string): void {
    if (this.#told !== text) this.#options.log.warning(text);
    this.#told = text;
  }

  async #findRoutes(): Promise<Routes> {
    const { makeRoutes } = await import("./web/routes.ts");
    const { clock, told } = this.#options;
    return this.#routes ??= makeRoutes(told, clock);
  }
}

function isSame(one: Address, other: Address | undefined): boolean {
  return one.hostname === other?.hostname && one.port === other.port;
}
