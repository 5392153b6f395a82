/**
 * The contract between who asks and who answers.
 *
 * Upstream, coalescer and whatever comes later (cache, pool, validator) are a `Resolver` on the side
 * of the client and a `Requester` on the side of the next resolver, so any of them can be put in or
 * left out where the program is assembled. The pair (requester, token) works like the user data of a
 * completion queue: the caller's own number comes back, nothing is allocated per query.
 *
 * The query is in canonical form: header, one question, and an OPT record without options as the
 * last eleven octets; or it is opaque (signed, or of type TKEY) and travels as the client sent it.
 */

import type { Failure } from "./failure.ts";
import type { Origin } from "./origin.ts";

/** The caller's own number for one query; opaque to the callee. */
export type Token = number & { readonly __token: unique symbol };

export interface Resolver {
  /**
   * Calls exactly one method of `requester`, exactly once, with `token`: during the call or later.
   * `query` is borrowed.
   */
  resolve(query: Uint8Array, requester: Requester, token: Token): void;
}

/** Where clients are kept apart: who answers which of them. */
export interface ClientResolvers {
  /** The resolver of the client with the address `host`, for the next query: not to be kept. */
  resolverFor(host: string): Resolver;
}

/** Who answers the clients of a listener. Another may from one query to the next: neither is to be kept. */
export interface Answering {
  readonly resolver: Resolver;
  /** Where clients are kept apart: who answers each, instead of `resolver`. */
  readonly clients?: ClientResolvers;
}

/** `from` is left out where no upstream has a part in the outcome. */
export interface Requester {
  /** `response` is borrowed and read only, as several requesters may share it; its ID has no meaning. */
  respond(token: Token, response: Uint8Array, from?: Origin): void;
  /** No response came; `failure` says which RCODE and extended errors the client is to get. */
  fail(token: Token, failure: Failure, from?: Origin): void;
  /** What came for it was no answer to it, and the outcome is still to come: others may be asked meanwhile. */
  doubt?(token: Token): void;
}
