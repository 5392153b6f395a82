/**
 * A small HTTP server for what the program tells of itself: a table of paths, for GET and HEAD. It is not that
 * of the runtime, which neither limits connections nor ends those that send nothing: a thousand of them stay
 * for good and cost 26 MB.
 */

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import { acceptAll } from "../../net/accept_all.ts";
import { type Address, isIpAddress, isLoopback } from "../../net/address.ts";
import { describe } from "../service/unexpected.ts";
import type { RequestHead } from "./request_head.ts";
import { type Content, METHODS, plainReply, type Reply } from "./reply_text.ts";
import { WebConnection } from "./web_connection.ts";

/** What there is at a path, made when it is asked for. */
export type Routes = Readonly<Record<string, () => Content | Promise<Content>>>;

export interface WebServerOptions {
  readonly routes: Routes;
  /** Whether a client of this address may ask. */
  readonly allows: (host: string) => boolean;
  /** How many connections there may be now; 32 without it. */
  readonly connections?: () => number;
  readonly clock: Clock;
  readonly log: Logger;
}

const MAX_CONNECTIONS = 32;
/**
 * Milliseconds from one content that is made to the next, and how many may come at once after a pause: it takes
 * some two milliseconds, in which no client of DNS is answered. Clients wait; there are few of them.
 */
const GAP = 10;
/** Paths whose content costs nothing, and is asked for by those who give up soon. */
const PROBES: readonly string[] = ["/livez", "/readyz"];
const BURST = 50;

export class WebServer {
  readonly #listener: Deno.TcpListener;
  readonly #options: WebServerOptions;
  readonly #connections = new Set<WebConnection>();
  #isClosed = false;
  /** When the next content may be made, in milliseconds of the clock. */
  #next = 0;

  /** Takes `listener` over. */
  constructor(listener: Deno.TcpListener, options: WebServerOptions) {
    this.#listener = listener;
    this.#options = options;
  }

  /** With the actual port. */
  get address(): Address {
    const { hostname, port } = this.#listener.addr;
    return { hostname, port };
  }

  /** Accepts until closed; a failed accept is tried again, and logged unless the one before failed too. */
  run(): Promise<void> {
    const { clock, log } = this.#options;
    return acceptAll({
      accept: () => this.#listener.accept(),
      welcome: (connection) => this.#welcome(connection),
      isClosed: () => this.#isClosed,
      onFailure: (error) => log.error(`Cannot accept connections for --metrics: ${error}`),
      clock,
    });
  }

  /** Ends all connections. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    for (const each of [...this.#connections]) each.close();
  }

  /** Where there are too many, the one that waited longest goes; one that is being replied to stays. */
  #welcome(accepted: Deno.TcpConn): void {
    const { clock, connections, log } = this.#options;
    const limit = connections?.() ?? MAX_CONNECTIONS;
    if (this.#connections.size >= limit && !this.#makeRoom()) return accepted.close();
    const connection = new WebConnection(accepted, this.#answer, clock);
    this.#connections.add(connection);
    connection.serve()
      .catch((error) => log.error(`Unexpected for --metrics: ${describe(error)}`))
      .finally(() => {
        this.#connections.delete(connection);
        connection.close();
      });
  }

  /** Resolves once content may be made. */
  async #turn(): Promise<void> {
    const { clock } = this.#options;
    const now = clock.now();
    this.#next = Math.max(this.#next, now - BURST * GAP) + GAP;
    const wait = this.#next - now;
    if (wait > 0) await new Promise<void>((resolve) => clock.after(wait, resolve));
  }

  #makeRoom(): boolean {
    let longest: WebConnection | undefined;
    for (const each of this.#connections) {
      const { waitingSince = Infinity } = each;
      if (waitingSince < (longest?.waitingSince ?? Infinity)) longest = each;
    }
    if (longest === undefined) return false;
    this.#connections.delete(longest);
    longest.close();
    return true;
  }

  readonly #answer = async (head: RequestHead, local: string, remote: string): Promise<Reply> => {
    const { allows, log, routes } = this.#options;
    if (!allows(remote)) {
      return plainReply(403, "Forbidden: your network is not served (--allow)");
    }
    if (isLoopback(local) && !isOurs(head.host)) {
      return plainReply(403, "Forbidden: ask by address, or as localhost");
    }
    if (!METHODS.includes(head.method)) return plainReply(405);
    if (!Object.hasOwn(routes, head.path)) return plainReply(404);
    try {
      if (!PROBES.includes(head.path)) await this.#turn();
      return { status: 200, ...await routes[head.path]() };
    } catch (error) {
      log.error(`Unexpected for --metrics: ${describe(error)}`);
      return plainReply(500);
    }
  };
}

/**
 * Whether the name means this machine to everybody. The page of another site could ask loopback under a name of
 * its own, and read the reply (DNS rebinding). Beyond loopback any name will do: scrapers use those of the
 * machine, and anybody there could ask without a page.
 */
function isOurs(host: string | undefined): boolean {
  return host === undefined || isIpAddress(host) || /(^|\.)localhost\.?$/.test(host);
}
