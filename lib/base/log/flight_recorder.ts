/**
 * The last events of the program, debug included, whatever the log is told to leave out: a ring, for the question
 * what came before. It is fed by the log, which speaks of state changes and failures and never of names that
 * clients ask for.
 */

import { LOG_LEVELS, type LogCategory, type LogLevel, type LogLine } from "./line.ts";

/** Something that was logged, or would have been at level debug. */
export interface RecordedEvent {
  /** 1 is the first event of the program. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: LogLevel;
  readonly category: LogCategory;
  /** One line, of at most MAX_TEXT characters. */
  readonly text: string;
  readonly upstream?: string;
  /** How often it happened, with few others in between. */
  readonly times: number;
  /** When it happened last. */
  readonly last: number;
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/** Characters: a stack trace would push out what matters. */
export const MAX_TEXT = 1000;
/** Events in which the same one is looked for, so that what comes by turns does not fill the ring. */
const LOOK_BACK = 4;

export class FlightRecorder {
  readonly #capacity: number;
  readonly #ring: Writable<RecordedEvent>[] = [];
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `time` in milliseconds since 1970. */
  take({ severity, category, text, upstream }: LogLine, time: number): void {
    const level = LOG_LEVELS[severity];
    const line = text.replaceAll(/\s*[\r\n]+\s*/g, "; ").slice(0, MAX_TEXT);
    const same = this.#latest(LOOK_BACK).find((each) =>
      each.text === line && each.level === level && each.category === category &&
      each.upstream === upstream
    );
    if (same) {
      same.times++;
      same.last = time;
      return;
    }
    const event = { level, category, text: line, upstream, time, last: time, times: 1 };
    this.#ring[this.#count % this.#capacity] = { number: this.#count + 1, ...event };
    this.#count++;
  }

  /** How many there were, those that are gone included. */
  get total(): number {
    return this.#count;
  }

  /** The oldest first. A copy. */
  events(): readonly RecordedEvent[] {
    return this.#latest(this.#capacity).map((event) => ({ ...event }));
  }

  #latest(most: number): Writable<RecordedEvent>[] {
    const length = Math.min(most, this.#ring.length);
    return Array.from(
      { length },
      (_, at) => this.#ring[(this.#count - length + at) % this.#capacity],
    );
  }
}

/** The events as lines for a log, headline first; `reason` says why they are told. */
export function dumpLines(recorder: FlightRecorder, reason: string): string[] {
  const events = recorder.events();
  const { total } = recorder;
  const which = events.length === total ? `all ${total}` : `the last ${events.length} of ${total}`;
  return [
    `Flight recorder (${reason}), ${which} events:`,
    ...events.map((event) => `Event ${eventText(event)}`),
    "End of the flight recorder",
  ];
}

/** Such as `2026-07-01 12:34:56.789Z upstream warning: Cannot reach ... (3 times until 12:34:59.000Z)`. */
export function eventText({ time, last, level, category, text, times }: RecordedEvent): string {
  const repeated = times > 1 ? ` (${times} times until ${timeText(last)})` : "";
  return `${timeText(time)} ${category} ${level}: ${text}${repeated}`;
}

function timeText(time: number): string {
  return new Date(time).toISOString().replace("T", " ");
}
