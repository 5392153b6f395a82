/** The addresses of this machine. Where the system does not tell them, as without a descriptor left, the last are good. */

import type { InterfaceAddress } from "./settings/listen_address.ts";

export class Interfaces {
  #last: readonly InterfaceAddress[] | undefined;
  readonly #read: () => InterfaceAddress[];

  constructor(read = () => Deno.networkInterfaces() as InterfaceAddress[]) {
    this.#read = read;
  }

  /** As they are now, or were; throws what the system says if it has never told any. */
  list(): readonly InterfaceAddress[] {
    try {
      this.#last = this.#read();
    } catch (error) {
      if (this.#last === undefined) throw error;
    }
    return this.#last;
  }
}
