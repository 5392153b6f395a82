/**
 * Domain names on the wire (RFC 1035, 3.1 and 4.1.4): labels of up to 63 octets, 255 octets in all,
 * any octet in a label, optionally ended by a pointer to an earlier place.
 */

/** The longest name, root label included (RFC 1035, 2.3.4). */
export const MAX_NAME_LENGTH = 255;
/** So many labels a name can have, and each may be reached by a pointer; more are made to cost time. */
const MAX_POINTERS = 127;

/** The offset behind an uncompressed name at `offset`, or -1 if it is none. */
export function plainNameEnd(message: Uint8Array, offset: number): number {
  const limit = Math.min(message.length, offset + MAX_NAME_LENGTH);
  let at = offset;
  while (at < limit) {
    const length = message[at];
    if (length === 0) return at + 1;
    if (length > 63) return -1;
    at += length + 1;
  }
  return -1;
}

/**
 * The offset behind a name at `offset` that may be compressed, or -1 if it is malformed. Pointers must lead
 * to what ends before the labels that they stand behind begin, which is what "a prior occurrence" means: that
 * rules out loops, and names that run through the record that they belong to.
 */
export function nameEnd(message: Uint8Array, offset: number): number {
  let end = -1;
  let earliest = offset;
  let limit = message.length;
  let at = offset;
  let total = 0;
  let pointers = 0;
  while (at < limit) {
    const length = message[at];
    if (length === 0) return total + 1 > MAX_NAME_LENGTH ? -1 : end < 0 ? at + 1 : end;
    if (length < 64) {
      total += length + 1;
      at += length + 1;
      continue;
    }
    if (length < 0xc0 || at + 1 >= limit) return -1;
    const target = ((length & 0x3f) << 8) | message[at + 1];
    if (end < 0) end = at + 2;
    if (target >= earliest || target < 12 || ++pointers > MAX_POINTERS) return -1;
    limit = earliest;
    earliest = at = target;
  }
  return -1;
}

/** The offset of the pointer that ends the name at `offset`, or -1 if it has none. The name is well formed. */
export function pointerOffset(message: Uint8Array, offset: number): number {
  let at = offset;
  while (message[at] !== 0) {
    if (message[at] >= 0xc0) return at;
    at += message[at] + 1;
  }
  return -1;
}

/** ASCII lower case of one octet, other octets as they are (RFC 4343, 3). */
export function lowerCase(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}
