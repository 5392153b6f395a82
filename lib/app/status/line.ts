/** A line of what is shown, and how much it matters: where there is room for few, the others are left out. */

import type { Grade } from "../report/finding.ts";

/** The less, the longer it stays. */
export const Rank = {
  VERDICT: 0,
  UPSTREAM: 1,
  RATES: 2,
  CURVES: 3,
  FINDINGS: 4,
  ANSWERS: 5,
  DETAILS: 6,
  PROGRAM: 7,
  SPACE: 8,
} as const;
export type Rank = typeof Rank[keyof typeof Rank];

export interface Line {
  readonly text: string;
  readonly rank: Rank;
  /** How bad it is what it says, where that is to be seen. */
  readonly grade?: Grade;
}

/** Columns that everybody has, and those of the label of a line. */
export const WIDTH = 80;
export const LABEL_WIDTH = 11;

/** Between two blocks. */
export const SPACE: Line = { text: "", rank: Rank.SPACE };

/**
 * The `parts` that there are behind a label, with commas between them, in as many lines as they take; none
 * without parts. A part that is longer than a line stays whole.
 */
export function labelled(
  label: string,
  parts: readonly (string | undefined)[],
  rank: Rank,
): readonly Line[] {
  const words = parts.filter((part) => part !== undefined && part !== "");
  const rows = wrapped(words.map((word, at) => at < words.length - 1 ? `${word},` : `${word}`));
  return rows.map((row, at) => ({
    text: (at === 0 ? label : "").padEnd(LABEL_WIDTH) + row,
    rank,
  }));
}

/** The words, with spaces between them, in lines that leave room for a label. */
export function wrapped(words: readonly string[], width = WIDTH - LABEL_WIDTH): readonly string[] {
  const rows: string[] = [];
  for (const word of words) {
    const last = rows.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) rows.push(word);
    else rows[rows.length - 1] = `${last} ${word}`;
  }
  return rows;
}

/** `1 query`, `2 queries`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The text of a value that is known; undefined otherwise. */
export function known<T>(value: T | undefined, text: (value: T) => string): string | undefined {
  return value === undefined ? undefined : text(value);
}
