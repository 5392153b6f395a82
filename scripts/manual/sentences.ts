/** How the table of options reads in sentences. */

/** One paragraph of the lines of a help text, with a final period. */
export function sentence(lines: readonly string[]): string {
  const text = lines.join(" ");
  return /[.:]$/.test(text) ? text : `${text}.`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[], last = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}
