/** A row of values as a row of bars, each a character. */

/** From the lowest to the highest; with Unicode, U+2581 to U+2588, whose heights are eighths. */
const ASCII_BARS = "_.:-=+*#";
const LOWEST_BLOCK = 0x2581;
const HEIGHTS = ASCII_BARS.length;

export interface SparklineStyle {
  /** Characters at most: neighbours share one where there are more values. */
  readonly width: number;
  readonly isUnicode: boolean;
  /** Which of several values one character shows. */
  readonly merge: "mean" | "max";
}

/** Bars from zero to the highest value; a space where there is no value. */
export function sparkline(
  values: readonly (number | null)[],
  { isUnicode, merge, width }: SparklineStyle,
): string {
  const each = Math.max(1, Math.ceil(values.length / Math.max(1, width)));
  const merged = groupsOf(values, each).map((group) => mergedValue(group, merge));
  const highest = Math.max(0, ...merged.map((value) => value ?? 0));
  return merged.map((value) => {
    if (value === null) return " ";
    const height = highest > 0 ? Math.ceil(value / highest * HEIGHTS) - 1 : 0;
    return bar(Math.max(0, height), isUnicode);
  }).join("");
}

function bar(height: number, isUnicode: boolean): string {
  return isUnicode ? String.fromCharCode(LOWEST_BLOCK + height) : ASCII_BARS[height];
}

/** The last group is whole, as it is the latest. */
function groupsOf<T>(values: readonly T[], size: number): readonly (readonly T[])[] {
  const groups: T[][] = [];
  for (let end = values.length; end > 0; end -= size) {
    groups.unshift(values.slice(Math.max(0, end - size), end));
  }
  return groups;
}

function mergedValue(
  group: readonly (number | null)[],
  merge: SparklineStyle["merge"],
): number | null {
  const values = group.filter((value) => value !== null);
  if (values.length === 0) return null;
  if (merge === "max") return Math.max(...values);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
