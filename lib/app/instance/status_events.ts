/** `status --events`: what happened last in the running instance, for a person. */

import { printable } from "../printable.ts";
import { askInstance } from "./control_client.ts";
import type { EventFields } from "./control_protocol.ts";
import { InstanceError } from "./instance_error.ts";

/** The events that the instance in `directory` remembers, the oldest first; throws `InstanceError`. */
export async function readEvents(directory: string, timeoutMs: number): Promise<EventFields[]> {
  const all: EventFields[] = [];
  for (let from: number | undefined = 0; from !== undefined;) {
    const reply = await askInstance(directory, "events", timeoutMs, { from });
    const { error, events, next, ok } = reply;
    if (!ok || !Array.isArray(events)) {
      throw new InstanceError(printable(error ?? "The reply has no events"));
    }
    all.push(...events);
    // Whatever is said there, it comes to an end.
    from = next !== undefined && next > from ? next : undefined;
  }
  return all;
}

/** A line for each, with times like those of the log. */
export function eventsText(events: readonly EventFields[]): string {
  if (events.length === 0) return "Nothing has happened";
  return events.map((event) => printable(eventLine(event))).join("\n");
}

function eventLine({ time, last, level, category, message, times }: EventFields): string {
  const repeated = times === undefined ? "" : ` (${times} times until ${timeText(last ?? time)})`;
  return `${timeText(time)} ${category} ${level}: ${message}${repeated}`;
}

function timeText(time: string): string {
  return time.replace("T", " ");
}
