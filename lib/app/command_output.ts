/**
 * What commands tell their caller whose work matters more than who reads about it: one that starts or ends the
 * program, or that a supervisor asks every second, goes on where the reader of its output is stuck or gone.
 */

import { systemClock } from "../base/clock.ts";
import { LineQueue } from "./line_queue.ts";
import { StandardStream, type StreamName } from "./standard_stream.ts";

/** Milliseconds that the lines may take to where they are read. */
const LIMIT = 400;

const queues = new Map<StreamName, LineQueue>();

/** Writes a line, given without its end, to standard output. Never throws, never waits. */
export function tell(line: string): void {
  queue("stdout").write(line);
}

/** The same to standard error. */
export function tellError(line: string): void {
  queue("stderr").write(line);
}

/** Resolves once all lines are written, after `limit` milliseconds at most: before the command ends. */
export async function told(limit = LIMIT): Promise<void> {
  await Promise.all(Array.from(queues.values(), (each) => each.settle(limit)));
}

/** Made at the first line, as most commands need one of them or none. */
function queue(name: StreamName): LineQueue {
  let lines = queues.get(name);
  if (lines === undefined) {
    const sink = new StandardStream(name);
    const warning = (text: string) => `dnsfwd: ${text}`;
    lines = new LineQueue({
      sink,
      clock: systemClock,
      warning,
      slow: "nobody has read them in time",
    });
    queues.set(name, lines);
  }
  return lines;
}
