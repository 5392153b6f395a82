/**
 * Whether an upstream can be reached, and when to try again.
 *
 *     well --failure--> failing (queries wait, attempts after 0.25, 0.5, 1, 2 ... s)
 *          --failing for as long as a query waits, for half a second without a route, or its
 *            certificate is wrong--> down
 *     down: queries fail at once; now and then one of them carries an attempt
 *     any  --connected and answering--> well
 */

import { Backoff } from "../../base/backoff.ts";
import { DialError } from "../../net/dial_error.ts";
import { InfoCode } from "../../dns/edns.ts";
import { Rcode } from "../../dns/header.ts";
import { type Failure, failure, MAX_EXTRA_TEXT, type Remember } from "../failure.ts";

const FIRST_DELAY = 250;
const LONGEST_DELAY = 30_000;
/**
 * Between attempts that queries ask for: from 1 s to 1.85 s. Above a second to stay below twenty in half
 * a minute, below two to be back within two seconds of the upstream.
 */
const MIN_GAP = 1000;
const MAX_GAP = 1850;
const GAP_STEP = 150;
/** Without a route nothing leaves this machine, and nobody is troubled by attempts. */
const ROUTELESS_GAP = 500;

/** Milliseconds between queries that are sent to an upstream which is down though it is connected. */
const PROBE_GAP = 1000;

/** What a failure lets hope for: that the next attempt works, that a route comes back, or nothing. */
export type Outlook = "passing" | "routeless" | "permanent";

/** Milliseconds that queries wait for a route: it may just be changing. */
const ROUTELESS_PATIENCE = 500;

/** One name that nobody answers, asked for in several ways, is not yet an upstream that is silent. */
const MAX_SILENCES = 10;

export class Reach {
  readonly #name: string;
  readonly #patience: number;
  readonly #backoff: Backoff;
  #failingSince = -1;
  #failures = 0;
  #lastFailure = 0;
  #lastAttempt = -Infinity;
  #lastProbe = -Infinity;
  #outlook: Outlook = "passing";
  #hasTimedOut = false;
  /** Queries that waited in vain since the last response. */
  #silences = 0;
  #hasConnected = false;
  #wellSince = -1;
  #cause = "";
  readonly #causes = new Set<string>();
  #unreachable: Failure;
  #timeoutCause = "";
  #timeout: Failure | undefined;

  /** `name` is the upstream's, for texts; queries wait for `patience` milliseconds. */
  constructor(name: string, patience: number, random?: () => number) {
    this.#name = name;
    this.#patience = patience;
    this.#backoff = new Backoff(FIRST_DELAY, LONGEST_DELAY, random);
    this.#unreachable = this.#describe("no connection yet");
  }

  /** What went wrong last, or "". */
  get cause(): string {
    return this.#cause;
  }

  /** Whether this cause has not come up since it began to fail. */
  isNews(cause: string): boolean {
    return !this.#causes.has(cause);
  }

  /** When it began to fail, or -1. */
  get failingSince(): number {
    return this.#failingSince;
  }

  /** When it was first connected to, or answered again after it had failed; -1 if neither. */
  get wellSince(): number {
    return this.#wellSince;
  }

  /** How often an attempt or a connection has failed since then. */
  get failures(): number {
    return this.#failures;
  }

  /** What queries are told that are not even tried. */
  get unreachable(): Failure {
    return this.#unreachable;
  }

  /** Whether nothing has gone wrong since the last response. */
  get isWell(): boolean {
    return this.#failingSince < 0 && this.#silences === 0;
  }

  /** Whether queries are to fail at once. */
  isDown(now: number): boolean {
    // After a long silence nobody knows: the queries that come first may hope again.
    if (this.#failingSince < 0 || now - this.#lastFailure >= LONGEST_DELAY) return false;
    const patience = this.#outlook === "routeless" ? ROUTELESS_PATIENCE : this.#patience;
    return this.#outlook === "permanent" || this.#hasTimedOut ||
      now - this.#failingSince >= patience;
  }

  /** Whether a query that comes now is to start an attempt. */
  mayAttempt(now: number): boolean {
    const isRouteless = this.#failingSince >= 0 && this.#outlook === "routeless";
    const gap = Math.min(MAX_GAP, MIN_GAP + GAP_STEP * this.#backoff.failures);
    return now - this.#lastAttempt >= (isRouteless ? ROUTELESS_GAP : gap);
  }

  /**
   * Whether a query may be sent on a connection that is silent since `quietSince`, or not if that is -1.
   * While down, one a second may; and all for a second after a connection was opened, unless that is what
   * works while answers do not come.
   */
  mayCarry(quietSince: number, now: number): boolean {
    if (!this.isDown(now)) return true;
    const isFresh = quietSince < 0 || now - quietSince < PROBE_GAP;
    if (isFresh && this.#silences < MAX_SILENCES) return true;
    if (now - this.#lastProbe < PROBE_GAP) return false;
    this.#lastProbe = now;
    return true;
  }

  onAttempt(now: number): void {
    // The query that asked for it goes with it.
    this.#lastAttempt = this.#lastProbe = now;
  }

  /**
   * An attempt failed, or a connection that never answered was lost. Waiting does not help where that is
   * permanent, as with a wrong certificate. Returns the milliseconds until the next attempt.
   */
  onFailure(now: number, cause: string, outlook: Outlook): number {
    if (this.#failingSince < 0) this.#failingSince = now;
    this.#failures++;
    this.#lastFailure = now;
    this.#outlook = outlook;
    this.#cause = cause;
    this.#causes.add(cause);
    this.#unreachable = this.#describe(cause);
    return this.#backoff.fail();
  }

  onConnected(now: number): void {
    if (this.#wellSince < 0) this.#wellSince = now;
    if (!this.#hasConnected) this.#timeout = undefined;
    this.#hasConnected = true;
    this.#outlook = "passing";
  }

  /**
   * A query has waited in vain, for a connection or on one that said nothing. So many in a row are a
   * failure, even of an upstream that lets itself be connected to; says whether this one made it so.
   */
  onTimeout(now: number): boolean {
    const isNew = this.#failingSince < 0 && ++this.#silences === MAX_SILENCES;
    if (isNew) {
      this.onFailure(now, `no reply to anything for ${this.#patience / 1000} s`, "passing");
    }
    this.#hasTimedOut = this.#failingSince >= 0;
    return isNew;
  }

  /** A response came at `now`: all is well. */
  onAnswer(now: number): void {
    this.#silences = 0;
    if (this.#failingSince < 0) return;
    this.#wellSince = now;
    this.#failingSince = -1;
    this.#failures = 0;
    this.#hasTimedOut = false;
    this.#cause = "";
    this.#causes.clear();
    this.#backoff.reset();
  }

  /** Whatever was known may be different at `now`: begins anew. */
  forget(now: number): void {
    this.onAnswer(now);
    this.#backoff.reset();
    this.#outlook = "passing";
    this.#lastAttempt = -Infinity;
  }

  /** What a query is told that waited in vain because of `cause`. */
  timeout(cause: string, remember: Remember = "never"): Failure {
    if (this.#timeoutCause !== cause || this.#timeout?.remember !== remember) {
      const error = { code: InfoCode.NETWORK_ERROR, text: this.#text(cause) };
      // A server that was reached, and is the wrong one, will not be ready soon.
      const more = this.#outlook === "permanent" ? [] : this.#notReady();
      this.#timeoutCause = cause;
      this.#timeout = failure(Rcode.SERVFAIL, [error, ...more], remember);
    }
    return this.#timeout;
  }

  /** The cause matters more than the name, and that more than how often, where there is no room for all. */
  #text(cause: string, history = ""): string {
    const named = `upstream ${this.#name}: ${cause}`;
    const texts = [named + history, named];
    return texts.find((text) => text.length <= MAX_EXTRA_TEXT) ?? `upstream: ${cause}`;
  }

  /** How often it has failed, and for how long. */
  get #history(): string {
    const seconds = Math.round((this.#lastFailure - this.#failingSince) / 1000);
    return seconds > 0 ? `, ${this.#failures} times in ${seconds} s` : "";
  }

  #describe(cause: string): Failure {
    return failure(Rcode.SERVFAIL, [
      { code: InfoCode.NO_REACHABLE_AUTHORITY },
      { code: InfoCode.NETWORK_ERROR, text: this.#text(cause, this.#history) },
      ...this.#notReady(),
    ]);
  }

  /** What is added until the first connection (RFC 8914, 4.15). */
  #notReady() {
    return this.#hasConnected ? [] : [{ code: InfoCode.NOT_READY }];
  }
}

/** What an attempt that ended with `error` lets hope for. */
export function outlookOf(error: Error): Outlook {
  if (!(error instanceof DialError)) return "passing";
  if (error.isLasting) return "permanent";
  return error.isRouteless ? "routeless" : "passing";
}
