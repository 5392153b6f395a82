/**
 * A datagram socket that this process was started with. The runtime cannot take it over: the C library waits
 * for datagrams in a thread, and they are received and sent in batches.
 *
 *     poll (thread) --> recvmmsg --> datagrams 0 ... n
 *     send() --> sender --flush()--> sendmmsg, and what the kernel does not take at once: waiting sender
 *
 * After a batch the socket is looked at once more before anybody waits, which costs a call and saves, where
 * datagrams keep coming, the way to the thread and back.
 */

import { endOfTurn } from "../base/turn.ts";
import type { Address } from "./address.ts";
import { BUFFER_LENGTH, PASSING } from "./batch_datagram_socket.ts";
import { BatchSender } from "./batch_sender.ts";
import type { BatchCalls } from "./c_library.ts";
import type { DatagramSocket } from "./datagram_socket.ts";
import { type DescriptorCalls, Poll } from "./descriptor_calls.ts";
import { Readiness } from "./readiness.ts";
import { ReceivedBatch } from "./received_batch.ts";
import { WaitingSender } from "./waiting_sender.ts";

/** What it takes to use a socket by its descriptor. */
export interface DescriptorAccess {
  readonly library: BatchCalls;
  readonly calls: DescriptorCalls;
}

export class InheritedDatagramSocket implements DatagramSocket {
  readonly address: Address;
  readonly #access: DescriptorAccess;
  readonly #descriptor: number;
  readonly #received: ReceivedBatch;
  readonly #arrival: Readiness;
  readonly #slow: WaitingSender;
  readonly #sender: BatchSender;
  #hasReceived = false;
  #isReceiving = false;
  #isSlowOpen = true;
  #isClosed = false;
  #isReleased = false;

  /**
   * Takes `descriptor` over, a bound UDP socket; peers are numbered below `capacity`. `onFallback` is called
   * when sendmmsg turns out not to work. Throws an `Error` if it is no such socket.
   */
  constructor(
    descriptor: number,
    capacity: number,
    access: DescriptorAccess,
    onFallback: (reason: string) => void,
  ) {
    const { calls, library } = access;
    const address = calls.address(descriptor);
    if (address === undefined) throw new Error(`descriptor ${descriptor} is no bound socket`);
    this.address = address;
    this.#access = access;
    this.#descriptor = descriptor;
    this.#received = new ReceivedBatch(library, capacity, 0);
    this.#arrival = new Readiness(calls, descriptor, Poll.IN);
    this.#slow = new WaitingSender(library, calls, descriptor, () => {
      this.#isSlowOpen = false;
      this.#release();
    });
    this.#sender = new BatchSender(library, descriptor, this.#slow, onFallback);
    library.enlargeBuffers(descriptor, BUFFER_LENGTH);
  }

  async receive(): Promise<number> {
    this.#isReceiving = true;
    try {
      return await this.#next();
    } finally {
      this.#isReceiving = false;
      if (this.#isClosed) this.#release();
    }
  }

  datagram(index: number): Uint8Array {
    return this.#received.datagram(index);
  }

  peerHost(index: number): string {
    return this.#received.addresses.host(index);
  }

  peerPort(index: number): number {
    return this.#received.addresses.port(index);
  }

  keepPeer(index: number, peer: number): void {
    this.#received.keepPeer(index, peer);
  }

  keptHost(peer: number): string {
    return this.#received.peers.host(peer);
  }

  isPeer(index: number, peer: number): boolean {
    return this.#received.isPeer(index, peer);
  }

  send(peer: number, payload: Uint8Array): void {
    this.#sender.add(this.#received.peers, peer, payload);
  }

  set onLost(onLost: () => void) {
    this.#slow.onLost = onLost;
  }

  get unsent(): number {
    return this.#sender.queued + this.#slow.unsent;
  }

  flush(): void {
    // The number of a closed descriptor may be that of another file by now.
    if (this.#isClosed) this.#sender.clear();
    else this.#sender.flush();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#arrival.close();
    this.#slow.close();
  }

  async #next(): Promise<number> {
    // Others have their turn first, where datagrams come without end.
    if (this.#hasReceived) await endOfTurn();
    else if (!this.#isClosed) await this.#arrival.wait();
    while (!this.#isClosed) {
      const count = this.#received.receive(this.#descriptor);
      this.#hasReceived = count > 0;
      if (count > 0) return count;
      const { errno } = this.#access.library;
      if (count < 0 && !PASSING.includes(errno)) {
        throw new Error(`recvmmsg failed with error ${errno}`);
      }
      await this.#arrival.wait();
    }
    return 0;
  }

  /** Closes the descriptor once nothing uses it. */
  #release(): void {
    if (this.#isReceiving || this.#isSlowOpen || this.#isReleased) return;
    this.#isReleased = true;
    this.#access.calls.close(this.#descriptor);
  }
}
