/** Which of the addresses that are served stay, which go, and which are new. */

import type { Logger } from "../../base/log.ts";
import { type Address, formatAddress, isSameAddress } from "../../net/address.ts";

/** An address as it was asked for, and as it is: port 0 has become one that was free. */
export interface Served {
  readonly wanted: Address;
  readonly address: Address;
}

export interface AddressChanges<T extends Served> {
  /** What is to be served, in the order asked for: what is there already, or the address to open. */
  readonly plan: readonly (T | Address)[];
  /** What of `served` is wanted no more. */
  readonly removed: readonly T[];
}

/** Each of `served` stays for one of `wanted` at most: an address with port 0 may be wanted several times. */
export function addressChanges<T extends Served>(
  served: readonly T[],
  wanted: readonly Address[],
): AddressChanges<T> {
  const left = new Set(served);
  const take = (address: Address, of: (each: T) => Address) => {
    const found = [...left].find((each) => isSameAddress(of(each), address));
    if (found) left.delete(found);
    return found;
  };
  const asAsked = wanted.map((address) => take(address, (each) => each.wanted));
  const plan = wanted.map((address, at) =>
    asAsked[at] ?? take(address, (each) => each.address) ?? address
  );
  return { plan, removed: [...left] };
}

/** What the log says of addresses that came to this machine or went; of those `awaited` it says so itself. */
export function announceChange(
  before: readonly Address[],
  after: readonly Address[],
  awaited: readonly Address[],
  log: Logger,
): void {
  const names = [...after, ...awaited].map(formatAddress);
  for (const name of before.map(formatAddress).filter((each) => !names.includes(each))) {
    log.info(`No longer listening on ${name}: this machine does not have that address any more`);
  }
  for (const address of after.filter((each) => !before.includes(each))) {
    log.info(`Listening on ${formatAddress(address)} (UDP and TCP)`);
  }
}
