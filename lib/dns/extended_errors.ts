/**
 * Extended errors (RFC 8914) on their way to clients: a code of two octets, then a text that should be UTF-8.
 * Those of an upstream may be anything, and our own may quote a server. One without a code would make the whole
 * message malformed for its reader and is left out; a text that is not UTF-8 is left out, and its code kept.
 */

import { findOption, OPTION_HEADER_LENGTH, OptionCode } from "./edns.ts";
import { setUint16, uint16 } from "./header.ts";

const CODE_LENGTH = 2;
const QUESTION_MARK = 0x3f;
const DELETE = 0x7f;
/** U+2028 and U+2029 end lines, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069 and U+061C turn directions. */
const DIRECTIONS: readonly number[] = [
  ...[0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e],
  ...[0x2066, 0x2067, 0x2068, 0x2069],
];

/**
 * Copies the extended errors among the options of `source` from `from` to `sourceEnd` to `out` at `offset`,
 * whole ones, in order, as many as end by `limit`, but at least the code of the first, if that does; returns the
 * offset behind them. The ranges are of different arrays.
 */
export function copyExtendedErrors(
  source: Uint8Array,
  from: number,
  sourceEnd: number,
  out: Uint8Array,
  offset: number,
  limit: number,
): number {
  let end = offset;
  let at = findOption(source, from, sourceEnd, OptionCode.EXTENDED_ERROR);
  while (at >= 0) {
    const data = at + OPTION_HEADER_LENGTH;
    const next = data + uint16(source, at + 2);
    if (next - data >= CODE_LENGTH) {
      let textEnd = usableTextEnd(source, data + CODE_LENGTH, next);
      if (end === offset && end + textEnd - at > limit) textEnd = data + CODE_LENGTH;
      if (end + textEnd - at > limit) break;
      end = copyOne(source, at, textEnd, out, end);
    }
    at = findOption(source, next, sourceEnd, OptionCode.EXTENDED_ERROR);
  }
  return end;
}

function copyOne(source: Uint8Array, at: number, textEnd: number, out: Uint8Array, offset: number) {
  let end = offset;
  for (let from = at; from < textEnd; from++) out[end++] = source[from];
  setUint16(out, offset + 2, end - offset - OPTION_HEADER_LENGTH);
  maskControls(out, offset + OPTION_HEADER_LENGTH + CODE_LENGTH, end);
  return end;
}

/** Where the text from `start` to `end` ends without zeros behind it; `start` where it is not UTF-8. */
function usableTextEnd(octets: Uint8Array, start: number, end: number): number {
  // "It may be null-terminated" (RFC 8914, 2), which its readers must not rely on.
  let last = end;
  while (last > start && octets[last - 1] === 0) last--;
  for (let at = start; at < last;) {
    const length = sequenceLength(octets, at, last);
    if (length === 0) return start;
    at += length;
  }
  return last;
}

/** The octets of the UTF-8 sequence at `at`, or 0 if it is not one (RFC 3629, 4). */
function sequenceLength(octets: Uint8Array, at: number, end: number): number {
  const first = octets[at];
  if (first < 0x80) return 1;
  const length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (length === 0 || at + length > end) return 0;
  // The second octet shows what could be shorter, surrogates, and what is beyond U+10FFFF.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (octets[at + 1] < lowest || octets[at + 1] > highest) return 0;
  for (let more = 2; more < length; more++) if ((octets[at + more] & 0xc0) !== 0x80) return 0;
  return length;
}

/** Makes question marks of what would move a terminal's cursor or turn the direction of its writing, in UTF-8. */
function maskControls(text: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end;) {
    const length = sequenceLength(text, at, end);
    if (isControl(text, at, length)) text.fill(QUESTION_MARK, at, at + length);
    at += length;
  }
}

function isControl(text: Uint8Array, at: number, length: number): boolean {
  switch (length) {
    case 1:
      return text[at] < 0x20 || text[at] === DELETE;
    case 2: {
      const code = ((text[at] & 0x1f) << 6) | (text[at + 1] & 0x3f);
      return code < 0xa0 || DIRECTIONS.includes(code);
    }
    case 3: {
      const high = ((text[at] & 0x0f) << 12) | ((text[at + 1] & 0x3f) << 6);
      return DIRECTIONS.includes(high | (text[at + 2] & 0x3f));
    }
  }
  return false;
}
