/** Names between their octets and the text of zone files: `\.` and `\DDD` (RFC 1035, 5.1). */

import { MAX_NAME_LENGTH, nameEnd } from "../../dns/name.ts";

/** These have a meaning in zone files; where a name stands they are written behind a backslash. */
const SPECIAL = '."\\();@$';
const MAX_LABEL_LENGTH = 63;

/** The name at `offset`, which may be compressed, with a final dot; undefined if it is malformed. */
export function nameText(message: Uint8Array, offset: number): string | undefined {
  if (nameEnd(message, offset) < 0) return undefined;
  let text = "";
  let at = offset;
  while (message[at] !== 0) {
    const length = message[at];
    if (length >= 0xc0) {
      at = ((length & 0x3f) << 8) | message[at + 1];
      continue;
    }
    for (let next = at + 1; next <= at + length; next++) text += octetText(message[next], SPECIAL);
    text += ".";
    at += length + 1;
  }
  return text || ".";
}

/** One octet as text; printable ones that are among `special` stand behind a backslash. */
export function octetText(octet: number, special: string): string {
  const character = String.fromCharCode(octet);
  if (octet < 0x20 || octet > 0x7e) return `\\${`${octet}`.padStart(3, "0")}`;
  return special.includes(character) ? `\\${character}` : octet === 0x20 ? "\\032" : character;
}

/** The octets of the name that a person wrote, with or without a final dot; undefined if it is none. */
export function parseName(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text === ".") return new Uint8Array(1);
  const labels = splitLabels(toAscii(text));
  if (labels === undefined) return undefined;
  if (labels.some(({ length }) => length === 0 || length > MAX_LABEL_LENGTH)) return undefined;
  const octets = [...labels.flatMap((label) => [label.length, ...label]), 0];
  return octets.length > MAX_NAME_LENGTH ? undefined : Uint8Array.from(octets);
}

/** Internationalized names in the form that DNS has (RFC 5891, 4.4). */
function toAscii(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  try {
    return new URL(`http://${text}`).hostname;
  } catch {
    return "";
  }
}

function splitLabels(text: string): number[][] | undefined {
  const labels: number[][] = [[]];
  for (const [part] of text.matchAll(/\\\d{3}|\\[^\d]|[^]/g)) {
    if (part === ".") labels.push([]);
    else if (part === "\\" || /^[^\x21-\x7e]$/.test(part)) return undefined;
    else labels.at(-1)?.push(octetOf(part));
  }
  if (labels.at(-1)?.length === 0) labels.pop();
  return labels.length > 0 && labels.flat().every((octet) => octet < 256) ? labels : undefined;
}

function octetOf(part: string): number {
  return /^\\\d/.test(part) ? Number(part.slice(1)) : part.charCodeAt(part.length - 1);
}
