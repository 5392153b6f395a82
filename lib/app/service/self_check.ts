/**
 * Whether the program still does what it is there for: looked into each minute, and whenever somebody asks.
 * What is wrong twice in a row is told and is for good, as one question may be lost in a crowd.
 *
 *     well --a look finds something--> in doubt --the next look, AGAIN later, finds it too--> wedged
 *       ^---------- a look finds nothing ----'
 *
 * A program whose event loop is blocked cannot look at anything: for that there is a dead man's switch, which
 * each minute puts off.
 */

import type { Clock, Timer } from "../../base/clock.ts";

export interface Health {
  /** What is wrong, for a person, beginning in lower case; undefined: nothing. */
  readonly problem: string | undefined;
}

/** One thing to look into. */
export interface Look {
  /**
   * What is wrong, beginning in lower case, or undefined: nothing, or nothing that can be told for certain.
   * Resolves within seconds.
   */
  look(): Promise<string | undefined>;
}

/** Ends the process unless `arm()` is called again in time. */
export interface Switch {
  arm(seconds: number): void;
  disarm(): void;
}

export interface SelfCheckOptions {
  readonly clock: Clock;
  /** Each is wrong or right by itself. */
  readonly looks: readonly Look[];
  /** For a program that is started again by somebody when it ends. */
  readonly deadMansSwitch?: Switch;
  /** Called once, with what is wrong for good. */
  readonly onWedged: (problem: string) => void;
}

/** Milliseconds from the start to the first look, from one to the next, and where there is doubt. */
const FIRST = 5000;
const INTERVAL = 60_000;
const AGAIN = 10_000;
/** Looks in a row that find something before it counts. */
const IN_ROW = 2;
/** Seconds of a blocked event loop: two looks missed, and some for a machine that is very busy. */
const BLOCKED_SECONDS = 150;

export class SelfCheck {
  readonly #options: SelfCheckOptions;
  /** How often in a row each look has found something. */
  readonly #inRow: number[];
  #timer: Timer | undefined;
  #again: Timer | undefined;
  #running: Promise<Health> | undefined;
  #health: Health = { problem: undefined };

  constructor(options: SelfCheckOptions) {
    this.#options = options;
    this.#inRow = options.looks.map(() => 0);
  }

  /** As known from the last looks. */
  get health(): Health {
    return this.#health;
  }

  /** Looks each minute until `stop()`. */
  start(): void {
    this.#wait(FIRST);
  }

  stop(): void {
    this.#options.deadMansSwitch?.disarm();
    this.#timer?.cancel();
    this.#again?.cancel();
    this.#timer = this.#again = undefined;
  }

  /** Looks now, or waits for the look that is under way. Rejects only for a mistake of ours. */
  check(): Promise<Health> {
    return this.#running ??= this.#look().finally(() => this.#running = undefined);
  }

  #wait(delay: number): void {
    this.#options.deadMansSwitch?.arm(BLOCKED_SECONDS);
    this.#timer = this.#options.clock.after(delay, () => {
      this.#wait(INTERVAL);
      this.check();
    });
  }

  async #look(): Promise<Health> {
    const found = await Promise.all(this.#options.looks.map((each) => each.look()));
    found.forEach((problem, at) =>
      this.#inRow[at] = problem === undefined ? 0 : this.#inRow[at] + 1
    );
    const problem = found.find((_, at) => this.#inRow[at] >= IN_ROW);
    if (problem !== undefined) this.#tell(problem);
    else if (found.some((each) => each !== undefined)) this.#lookAgain();
    return this.#health;
  }

  #tell(problem: string): void {
    if (this.#health.problem !== undefined) return;
    this.#health = { problem };
    this.#options.onWedged(problem);
  }

  /** Unless stopped meanwhile. */
  #lookAgain(): void {
    if (this.#timer === undefined) return;
    this.#again?.cancel();
    this.#again = this.#options.clock.after(AGAIN, () => void this.check());
  }
}
