/** Events as a reply of the control socket, as many as fit; the rest is for the next command. */

import type { RecordedEvent } from "../../base/log/flight_recorder.ts";
import { type EventFields, MAX_REPLY_LENGTH, type Reply } from "./control_protocol.ts";

/** Octets of a reply for all but the events. */
const REST = 256;

/** The events of numbers not below `first`, and where to go on if they are not all. */
export function eventsPage(
  events: readonly RecordedEvent[],
  first = 0,
): Pick<Reply, "events" | "next"> {
  const encoder = new TextEncoder();
  const page: EventFields[] = [];
  let room = MAX_REPLY_LENGTH - REST;
  for (const event of events) {
    if (event.number < first) continue;
    const fields = fieldsOf(event);
    room -= encoder.encode(JSON.stringify(fields)).length + 1;
    if (room < 0) return { events: page, next: event.number };
    page.push(fields);
  }
  return { events: page };
}

function fieldsOf({ number, time, last, level, category, upstream, text, times }: RecordedEvent) {
  return {
    number,
    time: new Date(time).toISOString(),
    level,
    category,
    upstream,
    message: text,
    ...(times > 1 && { times, last: new Date(last).toISOString() }),
  };
}
