/** The addresses that the program itself listens on; a datagram from one of them is a loop or a trick. */

import { type Address, canonicalHost } from "../net/address.ts";

export class OwnAddresses {
  readonly #ports: ReadonlySet<number>;
  readonly #addresses: ReadonlySet<string>;

  constructor(addresses: readonly Address[]) {
    this.#ports = new Set(addresses.map(({ port }) => port));
    this.#addresses = new Set(
      addresses.map(({ hostname, port }) => `${port} ${canonicalHost(hostname)}`),
    );
  }

  /** Whether any of them has this port: asked first, as it costs nothing. */
  hasPort(port: number): boolean {
    return this.#ports.has(port);
  }

  has(host: string, port: number): boolean {
    return this.#addresses.has(`${port} ${canonicalHost(host)}`);
  }
}
