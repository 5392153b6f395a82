/** Text from elsewhere, made safe to print. */

/** The same, line by line; lines but the first have `prefix` before them, unless they are indented. */
export function printableLines(text: string, prefix: string): string {
  const [first, ...more] = text.split("\n").map(printable);
  return [first, ...more.map((line) => line.startsWith(" ") ? line : prefix + line)].join("\n");
}

/**
 * `text` with its control characters written as `\xNN` or `\u{NNNN}`: what a server says must not move
 * the cursor of a terminal, nor turn the direction of its writing.
 */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
  });
}
