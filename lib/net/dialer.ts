/** Dials one target again and again, and remembers what it learned: the address of a name, and ALPN. */

import { dial, type Stream, type Target } from "./dial.ts";
import { DialError } from "./dial_error.ts";

export interface DialerOptions {
  /** Milliseconds for an attempt, handshake included. */
  readonly timeout: number;
  readonly caCerts: readonly string[];
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

  async #attempt(): Promise<Stream> {
    const options = { ...this.#options, alpn: this.#alpn, address: this.#address };
    const stream = await dial(this.#target, options);
    if (stream.remoteHost !== "") this.#address = stream.remoteHost;
    return stream;
  }
}
