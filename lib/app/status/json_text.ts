/** Data as JSON that can be printed on a terminal. */

/** Indented, or in one line; control characters and the like are escaped. */
export function jsonText(value: unknown, isIndented: boolean): string {
  const text = JSON.stringify(value, null, isIndented ? 2 : 0);
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => character === "\n" ? character : escaped(character),
  );
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    const hex = character.charCodeAt(at).toString(16);
    return `\\u${hex.padStart(4, "0")}`;
  }).join("");
}
