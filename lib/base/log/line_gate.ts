/**
 * What lines have to pass on their way out of the program.
 *
 *     level of the category --> repeated lines are counted --> cap per minute --> written
 */

import type { Clock } from "../clock.ts";
import { Sweep } from "../sweep.ts";
import type { LogCategory, LogLine } from "./line.ts";
import { LineCap } from "./line_cap.ts";
import { RepeatFilter } from "./repeat_filter.ts";

/** Severities up to which lines are written. */
export interface LogLevels {
  /** Of all categories that `levels` does not name. */
  readonly level: number;
  readonly levels?: Readonly<Partial<Record<LogCategory, number>>>;
}

export interface LineGateOptions extends LogLevels {
  /** 0: as many as there are. */
  readonly linesPerMinute: number;
  readonly clock: Clock;
  readonly write: (line: LogLine) => void;
}

/** Milliseconds from one look at what is to be told to the next. */
const TICK = 5000;

export class LineGate {
  readonly #levels: LogLevels;
  readonly #cap: LineCap;
  readonly #repeats: RepeatFilter;
  readonly #sweep: Sweep;

  constructor({ clock, linesPerMinute, write, ...levels }: LineGateOptions) {
    const now = () => clock.now();
    this.#levels = levels;
    this.#cap = new LineCap(linesPerMinute, write, now);
    this.#repeats = new RepeatFilter((line) => this.#cap.take(line), now);
    this.#sweep = new Sweep(clock, TICK, () => this.#tick());
  }

  take(line: LogLine): void {
    if (line.severity > (this.#levels.levels?.[line.category] ?? this.#levels.level)) return;
    this.#repeats.take(line);
    if (this.#repeats.isOwing || this.#cap.isOwing) this.#sweep.wake();
  }

  /** Tells all that was counted; nothing runs any more until the next line. */
  flush(): void {
    this.#repeats.flush();
    this.#cap.flush();
    this.#sweep.stop();
  }

  #tick(): boolean {
    this.#repeats.tick();
    this.#cap.tick();
    return this.#repeats.isOwing || this.#cap.isOwing;
  }
}
