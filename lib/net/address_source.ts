/** Where the addresses of a target come from, and what became of them. */

/** Takes addresses, without brackets, the best first. */
export type Found = (addresses: readonly string[]) => void;

export interface AddressSource {
  /**
   * Tells addresses as they become known, at once or in parts, until `signal` says that no more are
   * wanted. Resolves when it is no use to wait for more; rejects with `DialError` if there are none.
   */
  find(found: Found, signal: AbortSignal): Promise<void>;
  /** The server at this address has been let in. */
  onOpened(address: string): void;
  /** Something at this address can be connected to, but is not what was looked for, or says nothing. */
  onRefused(address: string): void;
  /** None of the addresses could be connected to. */
  onUnreachable(): void;
}

/** The source for a target that is given by its address. */
export function fixedAddress(address: string): AddressSource {
  const ignore = () => {};
  return {
    find: (found) => Promise.resolve(found([address])),
    onOpened: ignore,
    onRefused: ignore,
    onUnreachable: ignore,
  };
}
