/** The datagrams that recvmmsg(2) has brought, and the return paths kept of them. */

import type { BatchCalls } from "./c_library.ts";
import { MessageVector } from "./message_vector.ts";
import { SOCKET_ADDRESS_STRIDE, SocketAddresses } from "./socket_addresses.ts";

/** Datagrams received at a time. */
export const BATCH_COUNT = 65;
/** Octets of a datagram that are taken: larger than any query that a client may send without fragments. */
const LENGTH = 4096;
/** Between datagrams; a multiple of the page would put all headers into the same lines of the cache. */
const STRIDE = LENGTH + 64;

export class ReceivedBatch {
  /** The addresses of the datagrams of the batch. */
  readonly addresses: SocketAddresses;
  /** Those kept by `keepPeer()`. */
  readonly peers: SocketAddresses;
  readonly #library: BatchCalls;
  readonly #messages: MessageVector;
  /** The headers from `first` on. */
  readonly #headers: Uint8Array;
  readonly #count: number;

  /** `receive()` leaves out the datagrams before `first`, which come otherwise; peers are below `capacity`. */
  constructor(library: BatchCalls, capacity: number, first: number) {
    this.#library = library;
    this.#messages = new MessageVector(library, BATCH_COUNT, BATCH_COUNT * STRIDE);
    this.#headers = this.#messages.headersFrom(first);
    this.#count = BATCH_COUNT - first;
    this.addresses = this.#messages.addresses;
    this.peers = new SocketAddresses(capacity, true);
    for (let index = 0; index < BATCH_COUNT; index++) {
      this.#messages.setData(index, index * STRIDE, LENGTH);
      this.#messages.setAddressLength(index, SOCKET_ADDRESS_STRIDE);
    }
  }

  /** Takes what has come to the socket `descriptor`; how many datagrams, or -1, see `errno` of the library. */
  receive(descriptor: number): number {
    return this.#library.receiveMessages(descriptor, this.#headers, this.#count);
  }

  /** Borrowed until the next `receive()`. */
  datagram(index: number): Uint8Array {
    const start = index * STRIDE;
    return this.#messages.octets.subarray(start, start + this.#messages.length(index));
  }

  keepPeer(index: number, peer: number): void {
    this.peers.copy(peer, this.addresses, index);
  }

  isPeer(index: number, peer: number): boolean {
    return this.peers.isSame(peer, this.addresses, index);
  }
}
