/**
 * Large responses of the last moment, so that a client whose UDP reply was truncated finds the answer to
 * its second question, over TCP, already here. Not a cache: it holds a few responses for a second.
 */

import type { Clock } from "../base/clock.ts";
import type { Origin } from "./origin.ts";

/** A shorter response fits every client, so nobody comes back for it. */
export const MIN_LARGE_LENGTH = 513;
const LIFETIME = 1000;
const CAPACITY = 32;

/** A response, read only, and where it came from. */
export interface RecentResponse {
  readonly response: Uint8Array;
  readonly from: Origin | undefined;
}

interface Entry extends RecentResponse {
  readonly hash: number;
  readonly key: Uint8Array;
  /** The room that `response` is the beginning of. */
  readonly octets: Uint8Array;
  readonly expires: number;
}

export class RecentResponses {
  readonly #clock: Clock;
  readonly #entries: Entry[] = [];
  #oldest = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps copies of `key`, from `start` on, and of `response`, which came `from` there. */
  add(hash: number, key: Uint8Array, start: number, response: Uint8Array, from?: Origin): void {
    const expires = this.#clock.now() + LIFETIME;
    const isFull = this.#entries.length === CAPACITY;
    const octets = roomFor(response, isFull ? this.#entries[this.#oldest].octets : undefined);
    octets.set(response);
    const copy = octets.subarray(0, response.length);
    const entry = { hash, key: key.slice(start), octets, response: copy, from, expires };
    this.#entries[isFull ? this.#oldest : this.#entries.length] = entry;
    if (isFull) this.#oldest = (this.#oldest + 1) % CAPACITY;
  }

  /** The response to the key in the octets `start` to `end`, if there is one. */
  find(hash: number, key: Uint8Array, start: number, end: number): RecentResponse | undefined {
    for (const entry of this.#entries) {
      if (entry.hash !== hash || !isEqual(entry.key, key, start, end)) continue;
      if (this.#clock.now() < entry.expires) return entry;
    }
    return undefined;
  }
}

/** The same room again where it is long enough, as large responses would be much garbage. */
function roomFor({ length }: Uint8Array, old: Uint8Array | undefined): Uint8Array {
  return old && old.length >= length ? old : new Uint8Array(Math.min(65_535, 2 * length));
}

function isEqual(kept: Uint8Array, key: Uint8Array, from: number, end: number): boolean {
  if (kept.length !== end - from) return false;
  for (let at = 0; at < kept.length; at++) if (kept[at] !== key[from + at]) return false;
  return true;
}
