/**
 * Queries for the names of time servers, while this machine's clock is too wrong to check certificates and
 * nobody can tell it the time without such a name:
 *
 *     clock before its floor, type A or AAAA, one of the names --> stand-in: validity periods do not matter
 *     anything else ---------------------------------------------> the upstreams, as ever
 *
 * The stand-in has connections of its own, which no other query can get to. It is there from the first such
 * query on, until the clock is no longer known to be wrong: then its connections are closed, and what it
 * owes is asked of the upstreams. The clock is looked at for every query, and by `look()`.
 */

import type { ClockFloor } from "../base/clock_floor.ts";
import { HEADER_LENGTH, uint16 } from "../dns/header.ts";
import { lowerCase } from "../dns/name.ts";
import { isCanonical } from "../dns/query.ts";
import { questionEnd, questionType, RecordType } from "../dns/question.ts";
import type { Requester, Resolver, Token } from "./resolver.ts";
import type { IsUnmoved } from "./unmoved.ts";

/** What answers while the clock is wrong. */
export interface StandIn {
  readonly resolver: Resolver;
  /** Whether a query has no outcome yet. */
  readonly isBusy: boolean;
  /** Whether a connection is open. */
  readonly isConnected: boolean;
  /** As that of `IsolatedResolver`. */
  renew(isUnmoved?: IsUnmoved): boolean;
  /** Closes all connections; what is pending is asked of `next`, or fails if there is none. */
  stop(next?: Resolver): void;
}

export interface TimeSyncOptions {
  readonly floor: ClockFloor;
  /** On the wire, in lower case. */
  readonly names: readonly Uint8Array[];
  /** The upstreams as ever. */
  readonly upstreams: Resolver;
  /** Makes a stand-in; it connects with its first query. */
  readonly open: () => StandIn;
}

const CLASS_IN = 1;

export class TimeSync implements Resolver {
  readonly #options: TimeSyncOptions;
  #standIn: StandIn | undefined;

  constructor(options: TimeSyncOptions) {
    this.#options = options;
  }

  /** Whether the stand-in owes an outcome. */
  get isBusy(): boolean {
    return this.#standIn?.isBusy === true;
  }

  /** Whether the stand-in has an open connection. */
  get isConnected(): boolean {
    return this.#standIn?.isConnected === true;
  }

  resolve(query: Uint8Array, requester: Requester, token: Token): void {
    const { floor, names, open, upstreams } = this.#options;
    this.look();
    if (!floor.isWrong || !asksForOneOf(names, query)) {
      return upstreams.resolve(query, requester, token);
    }
    this.#standIn ??= open();
    this.#standIn.resolver.resolve(query, requester, token);
  }

  /** Ends the stand-in if the clock is no longer wrong. */
  look(): void {
    if (this.#standIn === undefined || this.#options.floor.isWrong) return;
    const standIn = this.#standIn;
    this.#standIn = undefined;
    standIn.stop(this.#options.upstreams);
  }

  /** The network is not what it was. */
  renew(isUnmoved?: IsUnmoved): boolean {
    this.look();
    return this.#standIn?.renew(isUnmoved) === true;
  }

  stop(): void {
    this.#standIn?.stop();
    this.#standIn = undefined;
  }
}

/** Whether a query is for the address of one of `names`, and nothing else. */
function asksForOneOf(names: readonly Uint8Array[], query: Uint8Array): boolean {
  const end = questionEnd(query);
  if (end < 0 || !isCanonical(query, query.length, end)) return false;
  const type = questionType(query, end);
  const isAddress = type === RecordType.A || type === RecordType.AAAA;
  if (!isAddress || uint16(query, end - 2) !== CLASS_IN) return false;
  return names.some((name) => isNameOf(query, end, name));
}

function isNameOf(query: Uint8Array, end: number, name: Uint8Array): boolean {
  if (end - 4 - HEADER_LENGTH !== name.length) return false;
  return name.every((octet, at) => lowerCase(query[HEADER_LENGTH + at]) === octet);
}
