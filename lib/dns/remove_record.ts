/**
 * Takes one record out of the additional section. Mostly it is the last and nothing moves; otherwise
 * the records behind it do, and the compression pointers in them follow.
 */

import { Count, setUint16, uint16 } from "./header.ts";
import { nameEnd, pointerOffset } from "./name.ts";
import { rdataNameCount, rdataNameOffset, RECORD_FIXED_LENGTH, type Sections } from "./sections.ts";

/**
 * Removes the record from `start` to `end` in a well-formed message of `length` octets; false if a name
 * behind it leads into it. Reading `sections` beforehand has shown that all names are sound.
 */
export function removeRecord(
  message: Uint8Array,
  length: number,
  sections: Sections,
  start: number,
  end: number,
): boolean {
  setUint16(message, Count.ADDITIONAL, uint16(message, Count.ADDITIONAL) - 1);
  if (end === sections.end) return true;
  const removed = end - start;
  // The names are walked while every record is still where its pointers say.
  for (let at = end; at < length;) {
    const fixed = nameEnd(message, at);
    const type = uint16(message, fixed);
    const rdata = fixed + RECORD_FIXED_LENGTH;
    const next = rdata + uint16(message, fixed + 8);
    const offsets = [at];
    if (rdataNameOffset(type) >= 0) {
      offsets.push(rdata + rdataNameOffset(type));
      if (rdataNameCount(type) === 2) offsets.push(nameEnd(message, rdata));
    }
    POINTERS.push(...offsets.map((offset) => pointerOffset(message, offset)));
    at = next;
  }
  for (const offset of POINTERS.splice(0)) {
    if (offset < 0) continue;
    const target = uint16(message, offset) & 0x3fff;
    if (target >= start && target < end) return false;
    if (target >= end) setUint16(message, offset, 0xc000 | (target - removed));
  }
  message.copyWithin(start, end, length);
  return true;
}

/** Where the pointers are that may have to move; empty between calls. */
const POINTERS: number[] = [];
