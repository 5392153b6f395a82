/** What an instance says of itself, as lines for a person. */

import { printable } from "../printable.ts";
import type { Reply } from "./control_protocol.ts";

const LABEL_WIDTH = 11;
const DAY = 86_400;
const HOUR = 3600;
const MINUTE = 60;

/** `wall` in milliseconds since 1970. Of a reply that comes from another version, what makes no sense is left out. */
export function statusText(reply: Reply, wall: number): string {
  const { pid, program, uptime, configFile } = reply;
  const lines: [string, string | undefined][] = [
    ["Running", typeof uptime === "number" ? runningText(uptime, wall) : undefined],
    ["Process", pid === undefined ? undefined : `${pid}, dnsfwd ${program}`],
    ["Listening", listText(reply.addresses)],
    ["Upstreams", listText(reply.upstreams?.map?.(({ name }) => name))],
    ["Queries", queriesText(reply.summary)],
    ["Config", configFile === null ? "command line only" : configFile],
    ["Health", reply.healthy ? "working" : reply.problem ?? "not working"],
  ];
  return lines.flatMap(([label, text]) =>
    text === undefined ? [] : [label.padEnd(LABEL_WIDTH) + printable(text)]
  ).join("\n");
}

function runningText(uptime: number, wall: number): string {
  const start = new Date(wall - uptime).toISOString().slice(0, 19).replace("T", " ");
  return `since ${start}Z (${spanText(uptime)})`;
}

function listText(list: unknown): string | undefined {
  const isText = Array.isArray(list) && list.every((each) => typeof each === "string");
  return isText ? list.join(", ") : undefined;
}

function queriesText(summary: Reply["summary"]): string | undefined {
  if (typeof summary?.answered !== "number") return undefined;
  const failures = summary.failed + summary.failedAgain;
  return `${summary.answered} answered, ${failures} of them with an error because there was no response`;
}

/** The two largest units of a span of milliseconds. */
function spanText(span: number): string {
  const seconds = Math.floor(span / 1000);
  const parts = [
    { count: Math.floor(seconds / DAY), unit: "d" },
    { count: Math.floor(seconds % DAY / HOUR), unit: "h" },
    { count: Math.floor(seconds % HOUR / MINUTE), unit: "min" },
    { count: seconds % MINUTE, unit: "s" },
  ];
  const first = parts.findIndex(({ count }) => count > 0);
  return parts.slice(first, first < 0 ? undefined : first + 2)
    .map(({ count, unit }) => `${count} ${unit}`).join(" ");
}
