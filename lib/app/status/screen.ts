/**
 * Lines for a screen of a certain size. The terminal does not wrap them (`terminal.ts`), so that one with
 * characters of two columns is cut, and moves none of the others.
 */

import type { Grade } from "../report/finding.ts";
import type { Line } from "./line.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const COLORS: Readonly<Record<Grade, number>> = { good: 32, doubtful: 33, bad: 31 };
const TO_START = "\x1b[H";
const CLEAR_LINE = "\x1b[2K";
const CLEAR_REST = "\x1b[J";

/** As many lines as there are rows, those that matter most, cut where the screen ends. */
export function fitted(lines: readonly Line[], { columns, rows }: Size): readonly Line[] {
  const byRank = lines.map((_, at) => at)
    .toSorted((one, other) => lines[one].rank - lines[other].rank || one - other);
  const kept = new Set(byRank.slice(0, rows));
  return lines.filter((_, at) => kept.has(at))
    .map((line) => ({ ...line, text: [...line.text].slice(0, columns).join("") }));
}

/** What draws the lines over whatever is there; a line is cleared before, as its end may be that of the screen. */
export function frame(lines: readonly Line[], size: Size, isColored: boolean): string {
  const rows = fitted(lines, size).map((line) => painted(line, isColored));
  const last = rows.pop() ?? "";
  return TO_START + rows.map((row) => `${CLEAR_LINE}${row}\r\n`).join("") + CLEAR_REST + last;
}

/** The text of a line, in the colour of how bad it is. */
export function painted({ grade, text }: Line, isColored: boolean): string {
  return isColored && grade !== undefined ? `\x1b[${COLORS[grade]}m${text}\x1b[0m` : text;
}
