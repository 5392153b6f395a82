/**
 * Reads DER (X.690), as far as certificates need it. Everything is a view on what was given; what is
 * malformed throws `RangeError`.
 */

export const Tag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OBJECT_IDENTIFIER: 0x06,
  SEQUENCE: 0x30,
} as const;

export interface Element {
  readonly tag: number;
  /** Borrowed. */
  readonly content: Uint8Array;
}

/** Lengths in certificates have three octets at most. */
const MAX_LENGTH_OCTETS = 3;

/** The elements that follow each other in `octets`, which hold nothing else. */
export function elements(octets: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < octets.length;) {
    const { start, end } = extent(octets, at);
    found.push({ tag: octets[at], content: octets.subarray(start, end) });
    at = end;
  }
  return found;
}

/** The elements inside of `element`, which must have `tag`. */
export function inside(element: Element | undefined, tag: number): Element[] {
  return elements(contentOf(element, tag));
}

/** The content of `element`, which must have `tag`. */
export function contentOf(element: Element | undefined, tag: number): Uint8Array {
  if (element?.tag !== tag) throw new RangeError(`DER: tag ${element?.tag} instead of ${tag}`);
  return element.content;
}

/** Where the content of the element at `at` begins and ends. */
function extent(octets: Uint8Array, at: number): { start: number; end: number } {
  const first = octets[at + 1] ?? 0xff;
  const count = first < 0x80 ? 0 : first & 0x7f;
  // High tag numbers and indefinite lengths do not occur in certificates.
  const isKnown = (octets[at] & 0x1f) !== 0x1f && first !== 0x80 && count <= MAX_LENGTH_OCTETS;
  if (!isKnown) throw new RangeError("DER: not in a certificate");
  const start = at + 2 + count;
  const end = start + (count === 0 ? first : number(octets.subarray(at + 2, start)));
  if (end > octets.length) throw new RangeError("DER: cut short");
  return { start, end };
}

/** An unsigned number of a few octets. */
export function number(octets: Uint8Array): number {
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}
