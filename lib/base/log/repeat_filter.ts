/**
 * Counts lines that are repeated instead of writing them: those that repeat the line before, at once; those
 * that come by turns with others (a server that goes and comes back) after the third within a minute.
 *
 *     a a a b     a, Last line repeated 2 times, b
 *     a b a b ... a, b, a, b, a, b, and at the end of each minute: Repeated 17 times: a; Repeated 17 times: b
 *
 * What is counted is told in the order in which it came last, so that the last word is the current state.
 */

import type { LogLine } from "./line.ts";

/** Milliseconds after which a line that goes on repeating is told again. */
const INTERVAL = 60_000;
/** How often a line is written within that time, if not in a row. */
const BURST = 3;
/** Lines that are remembered. */
const MEMORY = 32;

interface Recent {
  readonly line: LogLine;
  /** When it was written first, or told last. */
  since: number;
  written: number;
  /** Not yet told. */
  repeats: number;
}

export class RepeatFilter {
  readonly #write: (line: LogLine) => void;
  readonly #now: () => number;
  /** By what stands in the line; the one that came last is last. */
  readonly #recent = new Map<string, Recent>();
  #last: Recent | undefined;
  /** Whether no other than `#last` came since that was written. */
  #isRun = false;

  /** `now` tells milliseconds. */
  constructor(write: (line: LogLine) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
  }

  take(line: LogLine): void {
    const now = this.#now();
    const recent = this.#find(line, now);
    const isRun = this.#isRun && recent === this.#last;
    if (isRun || recent.written >= BURST) this.#count(recent, isRun, now);
    else this.#tell(recent);
    if (this.#recent.size > MEMORY) this.#forgetOldest();
  }

  /** Whether something is counted and not told. */
  get isOwing(): boolean {
    return this.#recent.values().some(({ repeats }) => repeats > 0);
  }

  /** Tells what is due; to be called every few seconds while it is owing. */
  tick(): void {
    const now = this.#now();
    for (const [key, recent] of this.#recent) {
      if (now - recent.since < INTERVAL) continue;
      if (recent.repeats > 0) this.#tellRepeats(recent, now);
      else this.#recent.delete(key);
    }
  }

  /** Tells all that is still untold. */
  flush(): void {
    const now = this.#now();
    for (const recent of this.#recent.values()) this.#tellRepeats(recent, now);
  }

  /** What is known of the line, which is the latest from now on. */
  #find(line: LogLine, now: number): Recent {
    const key = `${line.severity} ${line.category} ${line.upstream ?? ""} ${line.text}`;
    const known = this.#recent.get(key);
    this.#recent.delete(key);
    const isOld = known !== undefined && known.repeats === 0 && now - known.since >= INTERVAL;
    const recent = known && !isOld ? known : { line, since: now, written: 0, repeats: 0 };
    this.#recent.set(key, recent);
    return recent;
  }

  #tell(recent: Recent): void {
    if (this.#isRun && this.#last) this.#tellRepeats(this.#last, this.#now());
    recent.written++;
    this.#last = recent;
    this.#isRun = true;
    this.#write(recent.line);
  }

  #count(recent: Recent, isRun: boolean, now: number): void {
    recent.repeats++;
    this.#isRun = isRun;
    if (now - recent.since >= INTERVAL) this.#tellRepeats(recent, now);
  }

  #tellRepeats(recent: Recent, now: number): void {
    if (recent.repeats === 0) return;
    const times = recent.repeats === 1 ? "once" : `${recent.repeats} times`;
    const isRun = this.#isRun && recent === this.#last;
    recent.repeats = 0;
    recent.since = now;
    this.#isRun = isRun;
    const text = isRun ? `Last line repeated ${times}` : `Repeated ${times}: ${recent.line.text}`;
    this.#write({ ...recent.line, text });
  }

  #forgetOldest(): void {
    for (const [key, recent] of this.#recent) {
      this.#tellRepeats(recent, this.#now());
      this.#recent.delete(key);
      return;
    }
  }
}
