/** Lengths of time for people. */

import { rounded } from "./latency_history.ts";

const DAY = 86_400;
const HOUR = 3600;
const MINUTE = 60;

/** The two largest units of a span of milliseconds: `2 d 3 h`. */
export function spanText(span: number): string {
  return largestUnits(span, 2);
}

/** The largest unit of it alone: `2 d`. */
export function shortSpan(span: number): string {
  return largestUnits(span, 1);
}

/** What somebody waited, given in milliseconds: `10.5 ms`, `1.2 s`. */
export function waitText(time: number): string {
  return time < 1000 ? `${rounded(time)} ms` : `${Number((time / 1000).toFixed(1))} s`;
}

function largestUnits(span: number, most: number): string {
  const seconds = Math.max(0, Math.floor(span / 1000));
  const parts = [
    { count: Math.floor(seconds / DAY), unit: "d" },
    { count: Math.floor(seconds % DAY / HOUR), unit: "h" },
    { count: Math.floor(seconds % HOUR / MINUTE), unit: "min" },
    { count: seconds % MINUTE, unit: "s" },
  ];
  const first = parts.findIndex(({ count }) => count > 0);
  return parts.slice(first, first < 0 ? undefined : first + most)
    .map(({ count, unit }) => `${count} ${unit}`).join(" ");
}
