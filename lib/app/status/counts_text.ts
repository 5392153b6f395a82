/** Counts by their names, for a line. */

import type { Counts } from "../report/counts.ts";

/** `NOERROR 900`, ... the most frequent first; none of those that are zero. */
export function countsParts(counts: Counts = {}): readonly string[] {
  return Object.entries(counts).filter(([, count]) => count !== 0)
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${count}`);
}
