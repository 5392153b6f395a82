/** Dials one target again and again, and remembers what it learned: the address of a name, and ALPN. */

import { type Address, isIpAddress } from "./address.ts";
import { dial, type DialOptions, type Stream, type Target } from "./dial.ts";
import { DialError } from "./dial_error.ts";
import type { ClientCertificate, Peer } from "./identity.ts";
import { lookUp } from "./name_lookup.ts";

export interface DialerOptions {
  /** Milliseconds for an attempt, handshake included. */
  readonly timeout: number;
  readonly caCerts: readonly string[];
  readonly client?: ClientCertificate;
  readonly onPeer?: (peer: Peer) => void;
  /** Whom to ask for the address of a name, instead of the system's resolver. */
  readonly bootstrap?: Address;
}

export class Dialer {
  readonly #target: Target;
  readonly #options: DialerOptions;
  #alpn = true;
  /**
   * Where the name of the target led last. Kept so that a reconnect does not have to ask for the name,
   * perhaps through this very program.
   */
  #address: string | undefined;

  constructor(target: Target, options: DialerOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Opens a stream; rejects with `DialError`. */
  async dial(): Promise<Stream> {
    try {
      return await this.#attempt();
    } catch (error) {
      const failure = error as DialError;
      if (failure.stage === "connect") this.#address = undefined;
      // Some servers refuse the protocol name "dot"; none needs it (RFC 7858 knows none).
      if (!this.#alpn || !failure.isAlpnRefused) throw error;
      this.#alpn = false;
      return await this.#attempt();
    }
  }

  async #lookUp(): Promise<string | undefined> {
    const { bootstrap, timeout } = this.#options;
    const target = this.#target;
    if (this.#address || !bootstrap || target.transport !== "tls") return this.#address;
    if (isIpAddress(target.hostname)) return undefined;
    return await lookUp(target.hostname, bootstrap, timeout);
  }

  async #attempt(): Promise<Stream> {
    const options = { ...this.#options, alpn: this.#alpn, address: await this.#lookUp() };
    const stream = await open(this.#target, options);
    if (stream.remoteHost !== "") this.#address = stream.remoteHost;
    return stream;
  }
}

async function open(target: Target, options: DialOptions): Promise<Stream> {
  if (target.transport !== "tls" || !target.identity) return await dial(target, options);
  // Loaded only here: it takes memory that other upstreams need not pay for.
  const { dialNodeTls } = await import("./node_tls.ts");
  return await dialNodeTls(target, target.identity, options);
}
