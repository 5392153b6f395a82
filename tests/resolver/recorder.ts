/** Requesters and resolvers that keep what they are told. */

import type { Failure } from "../../lib/resolver/failure.ts";
import type { Origin } from "../../lib/resolver/origin.ts";
import type { Requester, Resolver, Token } from "../../lib/resolver/resolver.ts";
import { assertEquals } from "@std/assert";
import { type ExtendedError, extendedErrors, parseOpt } from "../helpers/edns.ts";
import { type Message, parseMessage } from "../helpers/message.ts";

export type Outcome =
  | { readonly response: Uint8Array; readonly failure?: undefined }
  | { readonly response?: undefined; readonly failure: Failure };

/** Keeps the outcomes of tokens, all of them, so that a second one does not go unnoticed. */
export class Recorder implements Requester {
  readonly outcomes = new Map<number, Outcome[]>();
  /** The tokens in the order of their outcomes. */
  readonly order: number[] = [];
  /** Where each outcome came from, in the same order: the way, then the upstream. */
  readonly origins: (string | undefined)[] = [];

  respond(token: Token, response: Uint8Array, from?: Origin): void {
    this.#add(token, { response: Uint8Array.from(response) }, from);
  }

  fail(token: Token, failure: Failure, from?: Origin): void {
    this.#add(token, { failure }, from);
  }

  /** The one outcome of a token; undefined if there is none yet. */
  outcome(token: number): Outcome | undefined {
    const [first, ...more] = this.outcomes.get(token) ?? [];
    assertEquals(more.length, 0, `token ${token} has more than one outcome`);
    return first;
  }

  /** The response to a token; an error if there is none. */
  response(token: number): Message {
    const response = this.outcome(token)?.response;
    if (response === undefined) throw new Error(`No response for token ${token}`);
    return parseMessage(response);
  }

  failure(token: number): Failure {
    const failure = this.outcome(token)?.failure;
    if (failure === undefined) throw new Error(`No failure for token ${token}`);
    return failure;
  }

  /** All responses, in order. */
  get responses(): Uint8Array[] {
    return this.order.flatMap((token) => this.outcome(token)?.response ?? []);
  }

  /** Tokens with exactly one outcome, that being a response. */
  get answered(): number[] {
    return this.order.filter((token) => this.outcome(token)?.response !== undefined);
  }

  #add(token: number, outcome: Outcome, from: Origin | undefined): void {
    this.outcomes.set(token, [...this.outcomes.get(token) ?? [], outcome]);
    this.order.push(token);
    this.origins.push(from && `${from.way} ${from.upstream}`);
  }
}

/** The extended errors of a failure, as a client would read them. */
export function errorsOf(failure: Failure): ExtendedError[] {
  const record = { name: ".", type: 41, class: 1232, ttl: 0, data: failure.options };
  return extendedErrors(parseOpt(record));
}

/** A query that a resolver was asked. */
export interface Asked {
  readonly query: Uint8Array;
  readonly requester: Requester;
  readonly token: Token;
}

/** Keeps what it is asked; the test answers. */
export class FakeResolver implements Resolver {
  readonly asked: Asked[] = [];
  /** Called at once for each query, if given. */
  onQuery: ((asked: Asked) => void) | undefined;

  resolve(query: Uint8Array, requester: Requester, token: Token): void {
    const asked = { query: Uint8Array.from(query), requester, token };
    this.asked.push(asked);
    this.onQuery?.(asked);
  }

  respond(index: number, response: Uint8Array, from?: Origin): void {
    const { requester, token } = this.asked[index];
    requester.respond(token, response, from);
  }

  fail(index: number, failure: Failure, from?: Origin): void {
    const { requester, token } = this.asked[index];
    requester.fail(token, failure, from);
  }

  /** Something came that is no answer. */
  doubt(index: number): void {
    const { requester, token } = this.asked[index];
    requester.doubt?.(token);
  }
}

export function asToken(number: number): Token {
  return number as Token;
}
