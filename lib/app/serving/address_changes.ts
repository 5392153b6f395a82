/** Which of the addresses that are served stay, which go, and which are new. */

import { type Address, formatAddress } from "../../net/address.ts";

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
    const found = [...left].find((each) => formatAddress(of(each)) === formatAddress(address));
    if (found) left.delete(found);
    return found;
  };
  const asAsked = wanted.map((address) => take(address, (each) => each.wanted));
  const plan = wanted.map((address, at) =>
    asAsked[at] ?? take(address, (each) => each.address) ?? address
  );
  return { plan, removed: [...left] };
}
