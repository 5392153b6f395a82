/**
 * Tries on a pair of sockets of our own whether the kernel's structures are laid out as `MessageVector`
 * has them, before anybody's datagrams depend on it.
 */

import type { CLibrary } from "./c_library.ts";
import { MessageVector } from "./message_vector.ts";

/** Two messages of different length, one behind the other. */
const LENGTHS = [3, 5] as const;
const ROOM = 64;

export function hasExpectedLayout(library: CLibrary): boolean {
  const pair = library.openPair();
  if (!pair) return false;
  try {
    return passesMessages(library, pair);
  } finally {
    for (const descriptor of pair) library.closeDescriptor(descriptor);
  }
}

function passesMessages(library: CLibrary, [from, to]: readonly [number, number]): boolean {
  const count = LENGTHS.length;
  const sent = new MessageVector(library, count, count * ROOM);
  const received = new MessageVector(library, count, count * ROOM);
  LENGTHS.forEach((length, index) => {
    sent.octets.fill(index + 1, index * ROOM, index * ROOM + length);
    sent.setData(index, index * ROOM, length);
    received.setData(index, index * ROOM, ROOM);
  });
  return library.sendMessages(from, sent.headers, count) === count &&
    library.receiveMessages(to, received.headers, count) === count &&
    LENGTHS.every((length, index) => received.length(index) === length) &&
    received.octets.every((octet, at) => octet === sent.octets[at]);
}
