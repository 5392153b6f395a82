/**
 * Who answers a listener now, where that may change while it serves: what is asked after `to()` is asked of the
 * new ones; what was asked before is answered by the old ones, who know the requester by themselves.
 *
 * Nothing is called per query: a listener reads the two fields.
 */

import type { Answering, ClientResolvers, Resolver } from "./resolver.ts";

export class Switch implements Answering {
  #resolver: Resolver;
  #clients: ClientResolvers | undefined;

  constructor({ resolver, clients }: Answering) {
    this.#resolver = resolver;
    this.#clients = clients;
  }

  get resolver(): Resolver {
    return this.#resolver;
  }

  get clients(): ClientResolvers | undefined {
    return this.#clients;
  }

  /** From the next query on. */
  to({ resolver, clients }: Answering): void {
    this.#resolver = resolver;
    this.#clients = clients;
  }
}
