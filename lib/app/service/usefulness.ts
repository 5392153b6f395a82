/**
 * Whether clients get responses where there are any to be had. While nobody has got one since the last look,
 * though queries came, the upstreams are asked on connections of their own; if they answer and our own listener
 * does not have an answer, and they answer once more, the fault is ours.
 */

import type { Clock } from "../../base/clock.ts";
import { headerRcode, Rcode } from "../../dns/header.ts";
import type { ListenerCounters } from "../../listener/listener_counters.ts";
import type { Address } from "../../net/address.ts";
import { makeQuery } from "../query/query_message.ts";
import type { Ask, Outcome } from "./own_question.ts";
import type { Look } from "./self_check.ts";

export interface UsefulnessOptions {
  readonly clock: Clock;
  readonly addresses: () => readonly Address[];
  readonly counters: ListenerCounters;
  /** Asks our own listener, as a client would. */
  readonly ask: Ask;
  /** What upstreams respond, each over a connection of its own. */
  readonly askUpstreams: (query: Uint8Array) => Promise<readonly Uint8Array[]>;
}

/** Of the root, which every resolver knows: NS, SOA, DNSKEY, TXT by turns, as failures are remembered for a while. */
const TYPES = [2, 6, 48, 16];
const ROOT = new Uint8Array(1);
/** Milliseconds: a query that came later may still be on its way. */
const SHORTEST = 30_000;

export class Usefulness implements Look {
  readonly #options: UsefulnessOptions;
  #since: number;
  #asked: number;
  #finished: number;
  #turn = 0;

  constructor(options: UsefulnessOptions) {
    this.#options = options;
    this.#since = options.clock.now();
    this.#asked = asked(options.counters);
    this.#finished = finished(options.counters);
  }

  async look(): Promise<string | undefined> {
    const { clock, counters } = this.#options;
    if (clock.now() - this.#since < SHORTEST) return undefined;
    const isServing = finished(counters) > this.#finished || asked(counters) <= this.#asked;
    const isFault = !isServing && await this.#isOurFault();
    if (isFault) return "clients get no responses, though an upstream answers";
    this.#since = clock.now();
    this.#asked = asked(counters);
    this.#finished = finished(counters);
    return undefined;
  }

  /** The upstreams come first and last, so that a network that comes or goes meanwhile is not to blame on us. */
  async #isOurFault(): Promise<boolean> {
    const { addresses, ask, counters } = this.#options;
    const [address] = addresses();
    if (address === undefined || !await this.#upstreamsAnswer()) return false;
    const { overload } = counters;
    const outcome = await ask(address, this.#query());
    if (isAnswer(outcome) || outcome === "unclear" || outcome === "closed") return false;
    // There was no room for it.
    if (counters.overload > overload) return false;
    return await this.#upstreamsAnswer();
  }

  async #upstreamsAnswer(): Promise<boolean> {
    return (await this.#options.askUpstreams(this.#query())).some(isAnswer);
  }

  #query(): Uint8Array {
    const type = TYPES[this.#turn++ % TYPES.length];
    const id = crypto.getRandomValues(new Uint16Array(1))[0];
    return makeQuery({ name: ROOT, type }, id, { isPadded: false });
  }
}

/** What was left to the upstreams, or would have been. */
function asked(counters: ListenerCounters): number {
  const { limited, reflected, repeated, responses, tooShort } = counters;
  return counters.received - local(counters) - limited - reflected - repeated - responses -
    tooShort;
}

/** What was answered with a response. */
function finished(counters: ListenerCounters): number {
  return counters.answered - counters.failed - local(counters);
}

/** What the program answers by itself. */
function local({ malformed, readiness, refused, unsupported }: ListenerCounters): number {
  return malformed + readiness + refused + unsupported;
}

/** Whether it is a response, not the failure to get one. */
function isAnswer(outcome: Outcome): boolean {
  if (!(outcome instanceof Uint8Array)) return false;
  const rcode = headerRcode(outcome);
  return rcode !== Rcode.SERVFAIL && rcode !== Rcode.REFUSED;
}
