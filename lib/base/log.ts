/**
 * The one door to the logging library. The program logs state changes, not queries; a line equal to the
 * one before it is counted instead of written.
 */

import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";

export interface Logger {
  debug(text: string): void;
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
}

/** Syslog severities by number (RFC 5424, 6.2.1) and the names that people use. */
export const LOG_LEVELS = [
  "emergency",
  "alert",
  "critical",
  "error",
  "warning",
  "notice",
  "info",
  "debug",
] as const;
export const LOG_FORMATS = ["human", "kernel", "daemon"] as const;
export type LogFormat = typeof LOG_FORMATS[number];

/** Facility "daemon" of RFC 5424, 6.2.1, as it stands in a priority. */
const DAEMON_FACILITY = 3 << 3;

/** Milliseconds after which a line that goes on repeating is told again. */
const REPEAT_INTERVAL = 60_000;

const SEVERITY: Readonly<Record<LogRecord["level"], number>> = {
  fatal: 2,
  error: 3,
  warning: 4,
  info: 6,
  debug: 7,
  trace: 7,
};

export interface LogOptions {
  /** Syslog severity: lines of a higher number are left out. */
  readonly level: number;
  readonly format: LogFormat;
  /** Writes one line without its end, of this severity. */
  readonly write: (line: string, severity: number) => void;
}

/** Sets up logging for the whole process; may be called again. */
export function configureLog(options: LogOptions): void {
  const repeats = new RepeatFilter((severity, text) => {
    options.write(formatLine(options.format, severity, text, new Date()), severity);
  });
  resetSync();
  configureSync({
    sinks: {
      out: (record) => {
        const severity = SEVERITY[record.level];
        if (severity <= options.level) repeats.take(severity, record.message.join(""));
      },
    },
    loggers: [
      { category: "dnsfwd", sinks: ["out"], lowestLevel: options.level >= 7 ? "debug" : "info" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
}

export function logger(): Logger {
  const target = getLogger("dnsfwd");
  return {
    debug: (text) => target.debug(escape(text)),
    info: (text) => target.info(escape(text)),
    warning: (text) => target.warn(escape(text)),
    error: (text) => target.error(escape(text)),
  };
}

/** Keeps the library from reading braces in a text as names of values. */
function escape(text: string): string {
  return text.replaceAll("{", "{{").replaceAll("}", "}}");
}

/** One line in `format`, without its end. */
export function formatLine(format: LogFormat, severity: number, text: string, time: Date): string {
  if (format === "kernel") return `<${severity}>dnsfwd: ${text}`;
  if (format === "daemon") return `<${DAEMON_FACILITY | severity}>dnsfwd: ${text}`;
  const label = severity <= 3 ? "Error: " : severity === 4 ? "Warning: " : "";
  return `${time.toISOString().slice(0, 19).replace("T", " ")}Z ${label}${text}`;
}

/** Counts lines that repeat the one before, and says so once another comes, or once a minute. */
export class RepeatFilter {
  readonly #write: (severity: number, text: string) => void;
  #last = "";
  #severity = 0;
  #repeats = 0;
  readonly #now: () => number;
  #written = -Infinity;

  /** `now` tells milliseconds. */
  constructor(
    write: (severity: number, text: string) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#write = write;
    this.#now = now;
  }

  take(severity: number, text: string): void {
    if (text === this.#last && severity === this.#severity) {
      this.#repeats++;
      if (this.#now() - this.#written >= REPEAT_INTERVAL) this.flush();
      return;
    }
    this.flush();
    this.#last = text;
    this.#severity = severity;
    this.#written = this.#now();
    this.#write(severity, text);
  }

  /** Tells how often the last line was repeated, if it was. */
  flush(): void {
    if (this.#repeats === 0) return;
    const times = this.#repeats === 1 ? "once" : `${this.#repeats} times`;
    this.#repeats = 0;
    this.#written = this.#now();
    this.#write(this.#severity, `Last line repeated ${times}`);
  }
}
