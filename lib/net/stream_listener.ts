/** What a TCP listener needs of a socket that accepts; `Deno.TcpListener` is one. */

import type { Address } from "./address.ts";

export interface AcceptedStream {
  /** Where it was accepted, as far as that is told; and the client. */
  readonly localAddr?: Address;
  readonly remoteAddr: Address;
  setNoDelay(isSet: boolean): void;
  /** Octets read into `buffer`, or null at the end of the stream. */
  read(buffer: Uint8Array): Promise<number | null>;
  write(octets: Uint8Array): Promise<number>;
  /** Ends our direction, while the other may go on. */
  closeWrite(): Promise<void>;
  /** Closes with a reset, where the stream has means for that (`stream_reset.ts`). */
  reset?(): void;
  close(): void;
}

export interface StreamListener {
  /** The address that it is bound to. */
  readonly addr: Address;
  /** The next client; rejects after `close()`, and where accepting fails. */
  accept(): Promise<AcceptedStream>;
  close(): void;
}
