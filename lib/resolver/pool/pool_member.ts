/** One upstream of a pool: what the pool knows of it, and the ear that tells who has answered. */

import type { Failure } from "../failure.ts";
import type { Origin } from "../origin.ts";
import type { Requester, Resolver, Token } from "../resolver.ts";

/** What is known of an upstream's connection: it works, or says nothing, or cannot be had. */
export type Health = "well" | "silent" | "failing";

/** An upstream as a pool sees it. */
export interface PoolUpstream extends Resolver {
  readonly name: string;
  /** Queries that have no outcome yet. */
  readonly pending: number;
  /** The smoothed time until a response comes, in milliseconds; -1 before the first. */
  readonly responseTime: number;
  health(now: number): Health;
}

export interface PoolMemberOwner {
  onResponse(
    member: PoolMember,
    ticket: Token,
    response: Uint8Array,
    from: Origin | undefined,
  ): void;
  onFailure(
    member: PoolMember,
    ticket: Token,
    failure: Failure,
    from: Origin | undefined,
  ): void;
  onDoubt(member: PoolMember, ticket: Token): void;
}

export class PoolMember implements Requester {
  readonly upstream: PoolUpstream;
  /** The bit that stands for it in sets of members. */
  readonly bit: number;
  /** Others are asked in its place until it answers something. */
  isSuspect = false;
  /** Whether the log says so: not for a moment of silence. */
  isTold = false;
  /** When a query was last sent to it to find out whether it answers again. */
  lastProbe = -Infinity;
  readonly #owner: PoolMemberOwner;

  constructor(upstream: PoolUpstream, index: number, owner: PoolMemberOwner) {
    this.upstream = upstream;
    this.bit = 1 << index;
    this.#owner = owner;
  }

  respond(ticket: Token, response: Uint8Array, from?: Origin): void {
    this.#owner.onResponse(this, ticket, response, from);
  }

  fail(ticket: Token, failure: Failure, from?: Origin): void {
    this.#owner.onFailure(this, ticket, failure, from);
  }

  doubt(ticket: Token): void {
    this.#owner.onDoubt(this, ticket);
  }
}
