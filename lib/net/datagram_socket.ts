/** What a UDP listener needs of a socket; implementations are exchangeable and share one contract test. */

import type { Address } from "./address.ts";

export interface DatagramSocket {
  /** The address that it is bound to; the port is never 0. */
  readonly address: Address;
  /** Waits for the next batch; resolves with how many datagrams it holds, 0 once closed. */
  receive(): Promise<number>;
  /** A datagram of the batch: borrowed, valid until the next `receive()`. */
  datagram(index: number): Uint8Array;
  /** The address and port that a datagram came from. The host may cost a string; ask only if needed. */
  peerHost(index: number): string;
  peerPort(index: number): number;
  /** Remembers the return path of a datagram under the caller's number. */
  keepPeer(index: number, peer: number): void;
  /** The address kept as `peer`; like `peerHost()`. */
  keptHost(peer: number): string;
  /** Whether a datagram came from the address and port kept as `peer`. */
  isPeer(index: number, peer: number): boolean;
  /** Queues a copy of `payload` for `peer`; best effort, sent at `flush()`. */
  send(peer: number, payload: Uint8Array): void;
  flush(): void;
  /** Queued datagrams that have not left yet. */
  readonly unsent: number;
  /** Is called for each reply that is lost here: without room, or refused by the system. */
  onLost?: () => void;
  close(): void;
}
