/**
 * What of EDNS (RFC 6891) an upstream accepts, so that each question costs one query again where it refuses our
 * options, or any OPT record. What works is kept for an hour, as it may be mended:
 *
 *     all --two names answered, with less only--> less, for an hour --> all, on trial
 *      ^  --options refused, never accepted ----> less                  |      |
 *      +----- accepted -------------------------------------------------+      +--refused--> less
 *
 * A refusal may be about its question, so that one name is not enough to go by: all questions would lose
 * padding, or DO. It may be shared by all that ask the same upstream.
 */

import { HEADER_LENGTH, headerRcode, Rcode } from "../../dns/header.ts";
import { lowerCase } from "../../dns/name.ts";
import { hashOctets } from "../../base/hash_index.ts";
import type { LinkOptions } from "./link_owner.ts";
import { Mark } from "./pending_table.ts";

/** How much is left out, by number; what marks make it so. */
export const EdnsLevel = { ALL: 0, WITHOUT_OPTIONS: 1, WITHOUT_EDNS: 2 } as const;
const MARKS = [0, Mark.WITHOUT_OPTIONS, Mark.WITHOUT_EDNS];

const HOUR = 3_600_000;

/** A name that was answered with less only. */
interface Doubt {
  readonly name: number;
  readonly level: number;
}

export class EdnsSupport {
  #level: number = EdnsLevel.ALL;
  #until = Infinity;
  #doubt: Doubt | undefined;
  #isProven = false;
  #isOnTrial = false;
  /** The level that was said last. */
  #said: number = EdnsLevel.ALL;

  /** How much is left out now. */
  get level(): number {
    return this.#level;
  }

  /** Whether a query with all our options was ever answered. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** How a query that is sent at `now` differs from one with all our options: a `Mark`, or 0. */
  mark(now: number): number {
    if (now >= this.#until) {
      this.#level = EdnsLevel.ALL;
      this.#until = Infinity;
      this.#isOnTrial = true;
    }
    return MARKS[this.#level];
  }

  /**
   * `response` was taken at `now` for the answer to a canonical query whose question ends at `questionEnd`, and
   * which was sent with `marks`. Says whether `level` has become another than was said last.
   */
  onAnswer(
    response: Uint8Array,
    query: Uint8Array,
    questionEnd: number,
    marks: number,
    now: number,
  ): boolean {
    const rcode = headerRcode(response);
    if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return false;
    const level = levelOf(marks);
    if (marks & Mark.FELL_BACK) return this.#onFallback(level, nameHash(query, questionEnd), now);
    return level <= this.#level && this.#onAccepted(level);
  }

  /** It may be another server, or another way to it. What the log says stands until that proves untrue. */
  forget(): void {
    this.#level = EdnsLevel.ALL;
    this.#until = Infinity;
    this.#doubt = undefined;
    this.#isProven = this.#isOnTrial = false;
  }

  #onAccepted(level: number): boolean {
    this.#doubt = undefined;
    if (level !== EdnsLevel.ALL) return false;
    this.#isProven = true;
    // One that was sent before the level changed is no reason to change it back.
    if (this.#level !== EdnsLevel.ALL) return false;
    this.#isOnTrial = false;
    return this.#isNews();
  }

  /** A query was refused, and answered with less. */
  #onFallback(level: number, name: number, now: number): boolean {
    if (level <= this.#level) return false;
    const known = this.#doubt;
    this.#doubt = { name, level: Math.min(level, known?.level ?? level) };
    const isCertain = level === EdnsLevel.WITHOUT_OPTIONS && !this.#isProven;
    const isSecond = known !== undefined && known.name !== name;
    if (!isCertain && !isSecond && !this.#isOnTrial) return false;
    this.#level = this.#doubt.level;
    this.#until = now + HOUR;
    this.#doubt = undefined;
    this.#isOnTrial = false;
    return this.#isNews();
  }

  #isNews(): boolean {
    const isNews = this.#said !== this.#level;
    this.#said = this.#level;
    return isNews;
  }
}

/** Says in the log what is left out from now on. */
export function logEdns({ isEncrypted, log, name }: LinkOptions, level: number): void {
  if (level === EdnsLevel.ALL) return log.info(`Upstream ${name} accepts EDNS options again`);
  const [what, dnssec] = level === EdnsLevel.WITHOUT_OPTIONS
    ? ["EDNS options", ""]
    : ["EDNS", "DNSSEC records, "];
  const lost = isEncrypted ? "padding, so that their length shows, and keepalive" : "keepalive";
  log.warning(`Upstream ${name} rejects ${what}: for an hour queries go without ${dnssec}${lost}`);
}

function levelOf(marks: number): number {
  if (marks & Mark.WITHOUT_EDNS) return EdnsLevel.WITHOUT_EDNS;
  return marks & Mark.WITHOUT_OPTIONS ? EdnsLevel.WITHOUT_OPTIONS : EdnsLevel.ALL;
}

/** Seldom needed, so it may copy. */
function nameHash(query: Uint8Array, questionEnd: number): number {
  const name = query.slice(HEADER_LENGTH, questionEnd - 4).map(lowerCase);
  return hashOctets(name, 0, name.length);
}
