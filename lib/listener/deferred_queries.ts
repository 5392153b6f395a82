/**
 * Queries of one TCP client whose responses found no room beside what it has not read yet. The responses were let go:
 * the queries are asked again as the client reads, each only once there is room for what it was answered before.
 *
 *     respond() without room --> waiting --ask()--> asked --outcome--> settle()
 */

import type { Token } from "../resolver/resolver.ts";

/** A query, and the octets of the response that it had. */
interface Deferred {
  readonly token: Token;
  readonly length: number;
}

export class DeferredQueries {
  readonly #waiting: Deferred[] = [];
  readonly #asked = new Map<Token, number>();
  #expected = 0;

  /** Queries that wait to be asked again. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Octets of the responses to those that are asked again. */
  get expected(): number {
    return this.#expected;
  }

  /** Octets of the response to the query that is to be asked next. */
  get nextLength(): number {
    return this.#waiting[0].length;
  }

  add(token: Token, length: number): void {
    this.#waiting.push({ token, length });
  }

  /** The next is asked again. */
  ask(): Token {
    const [{ length, token }] = this.#waiting.splice(0, 1);
    this.#asked.set(token, length);
    this.#expected += length;
    return token;
  }

  /** There is an outcome; returns the octets that were expected of it, 0 if it was not asked again. */
  settle(token: Token): number {
    if (this.#asked.size === 0) return 0;
    const length = this.#asked.get(token) ?? 0;
    this.#asked.delete(token);
    this.#expected -= length;
    return length;
  }

  /** Forgets all; returns those that wait. */
  clear(): Token[] {
    this.#asked.clear();
    this.#expected = 0;
    return this.#waiting.splice(0).map(({ token }) => token);
  }
}
