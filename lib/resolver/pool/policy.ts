/** Which upstream of several is asked first, and whether a second one is asked at once. */

import type { PoolMember } from "./pool_member.ts";

export const POLICIES = ["failover", "balance", "race"] as const;
export type PolicyName = typeof POLICIES[number];

export interface Policy {
  /** One of `members`, of which there is at least one; they are in the order of the configuration. */
  choose(members: readonly PoolMember[]): PoolMember;
  /** Whether a query that has just been sent is sent to a second member at once. */
  asksTwo(): boolean;
  /** Whether all queries go to the first that works; else to all that work. */
  readonly isOrdered: boolean;
}

/** `random()` is from 0 to below 1. */
export function makePolicy(name: PolicyName, random: () => number = Math.random): Policy {
  if (name === "race") return new Race(random);
  if (name === "balance") return { choose: quicker(random), asksTwo: never, isOrdered: false };
  return { choose: first, asksTwo: never, isOrdered: true };
}

const never = () => false;

function first(members: readonly PoolMember[]): PoolMember {
  return members[0];
}

/**
 * The quicker of two that are drawn by lot: nearly as good as the quickest of all, and a slow one that has
 * become quick is found out. What waits counts, so that one does not get everything.
 */
function quicker(random: () => number): Policy["choose"] {
  return (members) => {
    const one = Math.floor(random() * members.length);
    const step = members.length > 1 ? 1 + Math.floor(random() * (members.length - 1)) : 0;
    const other = (one + step) % members.length;
    return load(members[other]) < load(members[one]) ? members[other] : members[one];
  };
}

/** An upstream that has not answered yet is worth a try. */
function load({ upstream }: PoolMember): number {
  return Math.max(0, upstream.responseTime) * (1 + upstream.pending);
}

/** Two at once and the first good answer wins; but at most every second query is sent twice. */
class Race implements Policy {
  readonly isOrdered = false;
  readonly choose: Policy["choose"];
  #credit = 1;

  constructor(random: () => number) {
    this.choose = quicker(random);
  }

  asksTwo(): boolean {
    this.#credit = Math.min(MAX_CREDIT, this.#credit + RACE_SHARE);
    if (this.#credit < 1) return false;
    this.#credit--;
    return true;
  }
}

/** Of the queries that may be sent twice; and how many in a row after a quiet time. */
const RACE_SHARE = 0.5;
const MAX_CREDIT = 20;
