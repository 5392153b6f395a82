/**
 * Where the server of a name can be found: what was found out in this run, the best first; what is asked
 * when that is nothing, or did not do; and what was known in an earlier run, for when nobody answers.
 *
 *     unknown --asked--> fresh --none can be connected to, or all refuse--> old: tried, and asked anew beside
 *     unknown --nobody answers--> the saved addresses are tried --one is good--> old
 *
 * What is saved has been verified: a forged answer does not outlive the attempt.
 */

import { type Clock, systemClock } from "../base/clock.ts";
import type { Address } from "./address.ts";
import type { AddressSource, Found } from "./address_source.ts";
import { lookUp } from "./name_lookup.ts";

/** Addresses of a name at one of which its server was, and when they were asked for. */
export interface SavedAddresses {
  readonly addresses: readonly string[];
  /** Milliseconds since 1970. */
  readonly learned: number;
}

/** Keeps addresses from one run to the next. */
export interface AddressStore {
  load(name: string): SavedAddresses | undefined;
  save(name: string, saved: SavedAddresses): void;
}

/** Is told what is used instead of an answer, and why there is none. */
export type OnStale = (saved: SavedAddresses, reason: string) => void;

export interface WhereaboutsOptions {
  /** Milliseconds for an attempt to connect. */
  readonly timeout: number;
  /** Whom to ask; the system if there are none. */
  readonly bootstrap?: readonly Address[];
  readonly addresses?: AddressStore;
  readonly onStale?: OnStale;
  readonly clock?: Clock;
}

/** Milliseconds without an answer until saved addresses are tried. */
const PATIENCE = 500;
/** Of the time for connecting, the part that resolvers have to answer. */
const LOOKUP_SHARE = 0.75;
/** The system may take half a minute to give up on a question; those asked later may be answered first. */
const MAX_LOOKUPS = 4;
/** An answer may have thousands, and each would be connected to at once where the one before refuses. */
const MAX_ADDRESSES = 16;

export class Whereabouts implements AddressSource {
  readonly #name: string;
  readonly #options: WhereaboutsOptions;
  readonly #listeners = new Set<Found>();
  /** The best first. */
  #known: readonly string[] = [];
  /** Whether they are to be asked for again, though they may still be good. */
  #isOld = true;
  /** What the latest answers said, and when that was. */
  #answers: readonly string[] = [];
  #learned = 0;
  /** Where a server has been let in, the last time. */
  #good: string | undefined;
  /** Addresses that refused, the latest last. */
  #refused: readonly string[] = [];
  #saved: SavedAddresses | undefined;
  #isStale = false;
  #lookups = 0;
  #lookup: Promise<void> = Promise.resolve();

  constructor(name: string, options: WhereaboutsOptions) {
    this.#name = name;
    this.#options = options;
    this.#saved = options.addresses?.load(name);
  }

  async find(found: Found, signal: AbortSignal): Promise<void> {
    this.#listeners.add(found);
    signal.addEventListener("abort", () => this.#listeners.delete(found));
    if (this.#known.length === 0) return await this.#askOrUseSaved();
    if (!this.#isOld) return found(this.#known);
    found(this.#sorted(union(this.#known, this.#saved?.addresses ?? [])));
    // Those known say themselves why they fail; answers that come meanwhile are tried as well.
    this.#ask().catch(() => {});
  }

  onOpened(address: string): void {
    const isKnown = this.#known.includes(address);
    const others = isKnown ? this.#known : this.#saved?.addresses ?? [];
    this.#known = [address, ...others.filter((other) => other !== address)];
    this.#refused = this.#refused.filter((other) => other !== address);
    if (!isKnown) this.#isOld = true;
    this.#good = address;
    if (this.#lookups === 0) this.#save();
  }

  onRefused(address: string): void {
    this.#refused = [...this.#refused.filter((other) => other !== address), address];
    this.#known = this.#sorted(this.#known);
    if (this.#known.every((each) => this.#refused.includes(each))) this.#isOld = true;
  }

  onUnreachable(): void {
    this.#isOld = true;
  }

  async #askOrUseSaved(): Promise<void> {
    const { clock = systemClock } = this.#options;
    const timer = clock.after(PATIENCE, () => this.#useSaved("no answer yet"));
    try {
      await this.#ask();
    } catch (error) {
      if (!this.#useSaved((error as Error).message)) throw error;
    } finally {
      timer.cancel();
    }
  }

  /** Asks; resolves once there will be no more answers, rejects with `DialError` if there are none. */
  #ask(): Promise<void> {
    if (this.#lookups < MAX_LOOKUPS) this.#lookup = this.#lookUp();
    return this.#lookup;
  }

  async #lookUp(): Promise<void> {
    const { bootstrap = [], clock, timeout } = this.#options;
    if (this.#lookups === 0) this.#answers = [];
    this.#lookups++;
    const options = { resolvers: bootstrap, timeout: timeout * LOOKUP_SHARE, clock };
    try {
      await lookUp(this.#name, options, (addresses) => this.#onAnswer(addresses));
    } finally {
      this.#lookups--;
      if (this.#lookups === 0) this.#save();
    }
  }

  #onAnswer(answer: readonly string[]): void {
    if (answer.length === 0) return;
    const addresses = answer.slice(0, MAX_ADDRESSES);
    this.#answers = union(this.#answers, addresses);
    this.#known = this.#isOld ? this.#sorted(addresses) : union(this.#known, addresses);
    this.#learned = Date.now();
    this.#isOld = this.#isStale = false;
    for (const found of this.#listeners) found(addresses);
  }

  /** Says whether there are any. They become known once one of them is good. */
  #useSaved(reason: string): boolean {
    if (this.#known.length > 0) return true;
    const saved = this.#saved;
    if (saved === undefined) return false;
    if (!this.#isStale) this.#options.onStale?.(saved, reason);
    this.#isStale = true;
    const addresses = this.#sorted(saved.addresses).slice(0, MAX_ADDRESSES);
    for (const found of this.#listeners) found(addresses);
    return true;
  }

  /** Only what is new, as it may go to flash memory; resolvers give the same addresses in any order. */
  #save(): void {
    const addresses = this.#answers;
    if (this.#good === undefined || !addresses.includes(this.#good)) return;
    if (isSame(addresses, this.#saved?.addresses ?? [])) return;
    this.#saved = { addresses, learned: this.#learned };
    this.#options.addresses?.save(this.#name, this.#saved);
  }

  /** Those that refused are last, the one that did so latest at the very end. */
  #sorted(addresses: readonly string[]): string[] {
    const rank = (address: string) => this.#refused.indexOf(address);
    return [...addresses].sort((one, other) => rank(one) - rank(other));
  }
}

function union(some: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...some, ...more])].slice(0, MAX_ADDRESSES);
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each) => others.includes(each));
}
