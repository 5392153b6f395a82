/**
 * What ends the program, as its user reads it: on standard error, in the form of the log where `run` has one, and
 * where the log goes.
 */

import { type Clock, systemClock } from "../base/clock.ts";
import { formatLine, Severity } from "../base/log/line.ts";
import { categoryOf, isExpected, textsOf } from "./expected_errors.ts";
import { LineQueue, type LineQueueSink } from "./line_queue.ts";
import { LogFile } from "./log_file.ts";
import type { WantedLog } from "./settings/command_source.ts";
import { ConfigError } from "./settings/config_error.ts";
import { StandardStream } from "./standard_stream.ts";
import { streamAt } from "./stream_path.ts";

/** Milliseconds that the lines may take to where they are read, or written. */
const LIMIT = 400;

/**
 * Writes `error`, and waits a moment at most; returns the exit code. `isLogged`: the log file has it already, if
 * there is one.
 */
export async function reportFatal(
  error: unknown,
  { format, file }: WantedLog,
  isLogged: boolean,
): Promise<number> {
  const own = (text: string) => formatOwn(format, text, error);
  const stream = file === undefined ? "stderr" : streamAt(file);
  const places = [write(new StandardStream("stderr"), linesOf(error, format), own)];
  if (stream === "stdout") {
    places.push(write(new StandardStream(stream), textsOf(error).map(own), own));
  } else if (file !== undefined && stream === undefined && !isLogged && isThere(file)) {
    places.push(writeToFile(file, textsOf(error).map(own), own));
  }
  await Promise.all(places);
  return error instanceof ConfigError ? 2 : 1;
}

async function writeToFile(
  path: string,
  lines: readonly string[],
  warning: (text: string) => string,
): Promise<void> {
  // That it cannot be written matters less than what is being said on standard error.
  const file = new LogFile(path, {
    clock: systemClock,
    warning,
    onFailure: () => {},
    isPipeAllowed: true,
  });
  await write(file, lines, warning);
}

async function write(
  sink: LineQueueSink,
  lines: readonly string[],
  warning: (text: string) => string,
  clock: Clock = systemClock,
): Promise<void> {
  const queue = new LineQueue({ sink, clock, warning, slow: "they are too long" });
  for (const line of lines) queue.write(line);
  await queue.settle(LIMIT);
}

/** One that is missing is not made: wrong settings may name the wrong file, or the wrong user to own it. */
function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** For people in their form, with the stack of a mistake of ours; else as lines of the log. */
function linesOf(error: unknown, format: WantedLog["format"]): string[] {
  if (format !== "human") return textsOf(error).map((text) => formatOwn(format, text, error));
  if (!isExpected(error)) return [Deno.inspect(error)];
  return textsOf(error).map((text) => `dnsfwd: ${text}`);
}

function formatOwn(format: WantedLog["format"], text: string, error: unknown): string {
  const line = { severity: Severity.ERROR, category: categoryOf(error), text } as const;
  if (format === "human" || format === "json") return formatLine(format, line, new Date());
  // Each line has its severity in front.
  const texts = text.split("\n").map((each) => each.trim());
  return texts.map((each) => formatLine(format, { ...line, text: each }, new Date())).join("\n");
}
