/**
 * The one door to the logging library. The program logs state changes, not queries. Each line goes to the flight
 * recorder, and through a gate to where the log is written.
 */

import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";
import { type Clock, systemClock } from "./clock.ts";
import { dumpLines, FlightRecorder, type RecordedEvent } from "./log/flight_recorder.ts";
import {
  formatLine,
  LOG_CATEGORIES,
  type LogCategory,
  type LogFormat,
  type LogLine,
  Severity,
} from "./log/line.ts";
import { LineGate, type LogLevels } from "./log/line_gate.ts";

export interface Logger {
  debug(text: string): void;
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  /** See `inContext()`. */
  readonly inContext?: (context: LogContext) => Logger;
}

/** What the lines of a logger are about. */
export interface LogContext {
  readonly category: LogCategory;
  /** The name of an upstream. */
  readonly upstream?: string;
}

export interface LogOptions extends LogLevels {
  readonly format: LogFormat;
  /** Above which lines are counted instead; 0, the default: never. */
  readonly linesPerMinute?: number;
  /** Writes one line without its end, of this severity. */
  readonly write: (line: string, severity: number) => void;
  readonly clock?: Clock;
}

const ROOT = "dnsfwd";
/** Some hundred octets each. */
const EVENTS = 512;

const SEVERITY: Readonly<Record<LogRecord["level"], number>> = {
  fatal: 2,
  error: Severity.ERROR,
  warning: Severity.WARNING,
  info: Severity.INFO,
  debug: Severity.DEBUG,
  trace: Severity.DEBUG,
};

const recorder = new FlightRecorder(EVENTS);
let gate: LineGate | undefined;
let write: (line: LogLine) => void = () => {};

/** Sets up logging for the whole process; may be called again. */
export function configureLog(options: LogOptions): void {
  flushLog();
  const { clock = systemClock, linesPerMinute = 0, format } = options;
  const out = write = (line) => options.write(formatLine(format, line, new Date()), line.severity);
  const current = gate = new LineGate({ ...options, clock, linesPerMinute, write: out });
  resetSync();
  configureSync({
    sinks: {
      recorder: (record) => recorder.take(lineOf(record), record.timestamp),
      out: (record) => current.take(lineOf(record)),
    },
    loggers: [
      { category: ROOT, sinks: ["recorder", "out"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
}

/** Tells what was counted and not told; to be called at the end. */
export function flushLog(): void {
  gate?.flush();
}

/** The last events, debug included, whatever is written to the log; the oldest first. */
export function recordedEvents(): readonly RecordedEvent[] {
  return recorder.events();
}

/** Writes the last events to the log, whatever its level and its cap; `reason` says why. They are none themselves. */
export function dumpEvents(reason: string): void {
  for (const text of dumpLines(recorder, reason)) {
    write({ severity: Severity.INFO, category: "log", text });
  }
}

/** A logger of the whole process. */
export function logger(context: LogContext = { category: "service" }): Logger {
  const { category, upstream } = context;
  const target = getLogger([ROOT, category]).with(upstream === undefined ? {} : { upstream });
  return {
    debug: (text) => target.debug(escape(text)),
    info: (text) => target.info(escape(text)),
    warning: (text) => target.warn(escape(text)),
    error: (text) => target.error(escape(text)),
    inContext: logger,
  };
}

/** The same log for lines that are about something else; `log` itself where it makes no difference. */
export function inContext(log: Logger, context: LogContext): Logger {
  return log.inContext?.(context) ?? log;
}

function lineOf({ category: [, name], level, message, properties }: LogRecord): LogLine {
  const { upstream } = properties;
  return {
    severity: SEVERITY[level],
    category: LOG_CATEGORIES.find((each) => each === name) ?? "service",
    text: message.join(""),
    ...(typeof upstream === "string" && { upstream }),
  };
}

/** Keeps the library from reading braces in a text as names of values. */
function escape(text: string): string {
  return text.replaceAll("{", "{{").replaceAll("}", "}}");
}
