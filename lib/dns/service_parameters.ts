/**
 * The data of SVCB and HTTPS records (RFC 9460, 2.2): a priority, the name of the target, and parameters, each a key,
 * the length of its value, the value. Clients drop all records of a name where one is malformed.
 *
 * Values are checked where their form is fixed (RFC 9460, 7). Any other value is passed on, as it may have a
 * form that came later (RFC 9460, 4.3).
 */

import { uint16 } from "./header.ts";
import { plainNameEnd } from "./name.ts";

const Key = { MANDATORY: 0, ALPN: 1, NO_DEFAULT_ALPN: 2, PORT: 3, IPV4: 4, IPV6: 6 } as const;

/** The offset behind the data that begins at `at` and should fill it up to `end`, or -1 if it is malformed. */
export function serviceEnd(message: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const parameters = plainNameEnd(message, at + 2);
  if (parameters < 0 || parameters > end) return -1;
  // Those of an alias mean nothing (RFC 9460, 2.4.2).
  const isAlias = uint16(message, at) === 0;
  return parametersEnd(message, parameters, end, isAlias);
}

/** Keys in rising order, each with its value. */
function parametersEnd(message: Uint8Array, start: number, end: number, isAlias: boolean): number {
  let at = start;
  let last = -1;
  while (at < end) {
    if (at + 4 > end) return -1;
    const key = uint16(message, at);
    const next = at + 4 + uint16(message, at + 2);
    if (key <= last || next > end) return -1;
    if (!isAlias && !isValueSound(message, key, at + 4, next)) return -1;
    last = key;
    at = next;
  }
  return at;
}

function isValueSound(message: Uint8Array, key: number, at: number, end: number): boolean {
  const length = end - at;
  switch (key) {
    case Key.MANDATORY:
      return length > 0 && length % 2 === 0 && areKeysSound(message, at, end);
    case Key.ALPN:
      return length > 0 && areProtocolsSound(message, at, end);
    case Key.NO_DEFAULT_ALPN:
      return length === 0;
    case Key.PORT:
      return length === 2;
    case Key.IPV4:
      return length > 0 && length % 4 === 0;
    case Key.IPV6:
      return length > 0 && length % 16 === 0;
  }
  return true;
}

/** Keys in rising order, and not that of the list itself (RFC 9460, 8). */
function areKeysSound(message: Uint8Array, start: number, end: number): boolean {
  let last: number = Key.MANDATORY;
  for (let at = start; at < end; at += 2) {
    const key = uint16(message, at);
    if (key <= last) return false;
    last = key;
  }
  return true;
}

/** Names of protocols, an octet of length before each, none empty (RFC 9460, 7.1.1). */
function areProtocolsSound(message: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && message[at] > 0) at += 1 + message[at];
  return at === end;
}
