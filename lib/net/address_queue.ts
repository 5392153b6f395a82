/** Addresses to connect to, in the order of RFC 8305, 4: as they were given, but families by turns. */

import { isIpv6 } from "./address.ts";

export class AddressQueue {
  readonly #known = new Set<string>();
  readonly #waiting: string[] = [];
  readonly #taken: string[] = [];

  /** Those that have been taken, in that order. */
  get taken(): readonly string[] {
    return this.#taken;
  }

  /** How many there are, taken or not. */
  get size(): number {
    return this.#known.size;
  }

  /** Adds those that are new. */
  add(addresses: readonly string[]): void {
    for (const address of addresses) {
      if (this.#known.has(address)) continue;
      this.#known.add(address);
      this.#waiting.push(address);
    }
  }

  /** The next: of the other family than the last one taken, if there is any. */
  take(): string | undefined {
    const last = this.#taken.at(-1);
    const other = last === undefined
      ? 0
      : this.#waiting.findIndex((address) => isIpv6(address) !== isIpv6(last));
    const [address] = this.#waiting.splice(Math.max(0, other), 1);
    if (address !== undefined) this.#taken.push(address);
    return address;
  }
}
