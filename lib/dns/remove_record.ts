/**
 * Takes one record out of the additional section. Mostly it is the last and nothing moves; otherwise
 * the records behind it do, and the compression pointers in them follow.
 */

import { Count, setUint16, uint16 } from "./header.ts";
import { nameEnd, pointerOffset } from "./name.ts";
import { addNameOffsets } from "./rdata.ts";
import { RECORD_FIXED_LENGTH, type Sections } from "./sections.ts";

/**
 * Removes the record from `start` to `end` in a well-formed message of `length` octets; false if a name
 * behind it would become another: one that leads into it, or by way of octets that are no name of a record.
 * Reading `sections` beforehand has shown that all names are sound.
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
  // Names are followed while every record is still where its pointers say.
  const pointers = pointersBetween(message, end, length);
  for (const pointer of pointers) {
    if (!isKept(message, pointer, pointers, start, end)) return false;
  }
  for (const pointer of pointers) {
    const target = targetOf(message, pointer);
    if (target >= end) setUint16(message, pointer, 0xc000 | (target - (end - start)));
  }
  message.copyWithin(start, end, length);
  return true;
}

/** Where the pointers of names are in the records from `start` to `end`, in rising order. */
function pointersBetween(message: Uint8Array, start: number, end: number): number[] {
  const names: number[] = [];
  for (let at = start; at < end;) {
    names.push(at);
    const fixed = nameEnd(message, at);
    const rdata = fixed + RECORD_FIXED_LENGTH;
    const next = rdata + uint16(message, fixed + 8);
    addNameOffsets(message, uint16(message, fixed), uint16(message, fixed + 2), rdata, next, names);
    at = next;
  }
  return names.map((name) => pointerOffset(message, name)).filter((pointer) => pointer >= 0);
}

/**
 * Whether the name that goes on at the target of `pointer` stays what it is when `pointers`, which stand
 * behind the record from `start` to `end`, are all that is changed.
 */
function isKept(
  message: Uint8Array,
  pointer: number,
  pointers: readonly number[],
  start: number,
  end: number,
): boolean {
  for (let at = pointer;;) {
    const target = targetOf(message, at);
    // What stands before the record points to what is before itself, and so never into it.
    if (target < start) return labelsEnd(message, target) <= start;
    if (target < end || !isAmong(pointers, at)) return false;
    at = pointerOffset(message, target);
    if (at < 0) return true;
  }
}

function targetOf(message: Uint8Array, pointer: number): number {
  return uint16(message, pointer) & 0x3fff;
}

/** The offset behind the labels at `offset` and the root or pointer that ends them. */
function labelsEnd(message: Uint8Array, offset: number): number {
  let at = offset;
  while (message[at] !== 0) {
    if (message[at] >= 0xc0) return at + 2;
    at += message[at] + 1;
  }
  return at + 1;
}

/** Whether `sorted` has `value`: by halves, as there may be thousands. */
function isAmong(sorted: readonly number[], value: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === value;
}
