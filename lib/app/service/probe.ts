/**
 * A question of the program's own that goes the way of a client's query, so that what becomes of it counts for
 * the upstream as that of a query does.
 */

import { headerRcode, Rcode } from "../../dns/header.ts";
import type { Answering, Requester, Token } from "../../resolver/resolver.ts";
import { makeQuery } from "../query/query_message.ts";

/** Of the root: NS, SOA, DNSKEY, TXT by turns, as failures are remembered for a while. */
const TYPES = [2, 6, 48, 16];
const ROOT = new Uint8Array(1);
/** Where clients are kept apart it is asked as one of this machine. */
const OWN_HOST = "127.0.0.1";

export class Probe implements Requester {
  #turn = 0;
  readonly #waiting = new Map<number, (isAnswered: boolean) => void>();

  /** Resolves to whether a response came that is no refusal; never rejects. */
  ask({ clients, resolver }: Answering): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const turn = this.#turn++;
    this.#waiting.set(turn, resolve);
    const query = makeQuery({ name: ROOT, type: TYPES[turn % TYPES.length] }, 0, {
      isPadded: false,
    });
    const chosen = clients?.resolverFor(OWN_HOST) ?? resolver;
    chosen.resolve(query, this, turn as Token);
    return promise;
  }

  respond(token: Token, response: Uint8Array): void {
    const rcode = headerRcode(response);
    this.#end(token, rcode !== Rcode.SERVFAIL && rcode !== Rcode.REFUSED);
  }

  fail(token: Token): void {
    this.#end(token, false);
  }

  #end(token: Token, isAnswered: boolean): void {
    this.#waiting.get(token)?.(isAnswered);
    this.#waiting.delete(token);
  }
}
