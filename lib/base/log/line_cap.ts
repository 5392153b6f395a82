/**
 * A hard cap on the lines of a minute, whatever goes wrong: what is beyond is counted, and told when the minute
 * is over. A part of the lines is kept for those that matter more.
 */

import { type LogLine, Severity } from "./line.ts";

const MINUTE = 60_000;

/** The part of the lines that may be used up when a line of this severity comes. */
const SHARES: readonly (readonly [severity: number, share: number])[] = [
  [Severity.ERROR, 1],
  [Severity.WARNING, 0.9],
  [Severity.INFO, 0.75],
  [Severity.DEBUG, 0.5],
];

export class LineCap {
  readonly #perMinute: number;
  readonly #write: (line: LogLine) => void;
  readonly #now: () => number;
  #start = -Infinity;
  #written = 0;
  #leftOut = 0;
  #errors = 0;

  /** 0 lines `perMinute` stand for no cap; `now` tells milliseconds. */
  constructor(perMinute: number, write: (line: LogLine) => void, now: () => number) {
    this.#perMinute = perMinute;
    this.#write = write;
    this.#now = now;
  }

  take(line: LogLine): void {
    const now = this.#now();
    if (now - this.#start >= MINUTE) {
      this.flush();
      this.#start = now;
      this.#written = 0;
    }
    if (this.#perMinute > 0 && this.#written >= this.#room(line.severity)) {
      this.#leftOut++;
      if (line.severity <= Severity.ERROR) this.#errors++;
      return;
    }
    this.#written++;
    this.#write(line);
  }

  /** Whether something is counted and not told. */
  get isOwing(): boolean {
    return this.#leftOut > 0;
  }

  /** Tells what is due; to be called every few seconds while it is owing. */
  tick(): void {
    if (this.#now() - this.#start >= MINUTE) this.flush();
  }

  /** Tells how many lines were left out, if any were. */
  flush(): void {
    if (this.#leftOut === 0) return;
    const lines = this.#leftOut === 1 ? "One line" : `${this.#leftOut} lines`;
    const errors = this.#errors === 0 ? "none" : `${this.#errors}`;
    const severity = this.#errors > 0 ? Severity.ERROR : Severity.WARNING;
    this.#leftOut = 0;
    this.#errors = 0;
    const reason = `more than --limit log-lines=${this.#perMinute} allows in a minute`;
    const text = `${lines} left out, ${errors} of them errors: ${reason}`;
    this.#write({ severity, category: "log", text });
  }

  #room(severity: number): number {
    const [, share] = SHARES.find(([most]) => severity <= most) ?? [severity, 0];
    return Math.ceil(this.#perMinute * share);
  }
}
