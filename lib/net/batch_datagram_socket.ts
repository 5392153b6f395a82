/**
 * A datagram socket of the runtime, accelerated: the runtime waits for the first datagram, the rest of
 * the batch is received with one recvmmsg(2), and replies leave with one sendmmsg(2).
 *
 *     Deno: receive() --> datagram 0           plain socket
 *     recvmmsg ---------> datagrams 1 ... n         ^ what the kernel does not take at once
 *     send() --> sender --flush()--> sendmmsg ------+
 *
 * A datagram that comes alone, some time after the one before, is not followed by a second call. Both look
 * at the same descriptor. Should recvmmsg fail in a way that will not pass, it is not tried
 * again, and datagrams come one by one.
 */

import { endOfTurn } from "../base/turn.ts";
import type { Address } from "./address.ts";
import { BatchSender } from "./batch_sender.ts";
import { type BatchCalls, Errno } from "./c_library.ts";
import type { DatagramSocket } from "./datagram_socket.ts";
import { PlainDatagramSocket } from "./plain_datagram_socket.ts";
import { BATCH_COUNT, ReceivedBatch } from "./received_batch.ts";

/** Octets of the kernel's buffers: a burst of thousands of queries. */
export const BUFFER_LENGTH = 4 << 20;
/** Milliseconds after a datagram in which more are expected, so that looking for them is worth a call. */
const BUSY = 0.2;
/** Nothing has come, or the kernel cannot at the moment. */
export const PASSING: readonly number[] = [Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM, Errno.ENOBUFS];

export class BatchDatagramSocket implements DatagramSocket {
  readonly address: Address;
  /** Octets of the kernel's receive buffer. */
  readonly bufferLength: number;
  readonly #library: BatchCalls;
  readonly #descriptor: number;
  readonly #onFallback: (reason: string) => void;
  readonly #now: () => number;
  readonly #plain: PlainDatagramSocket;
  readonly #sender: BatchSender;
  /** All but the first datagram, which the runtime receives. */
  readonly #received: ReceivedBatch;
  /** The scope of the address, which the runtime does not tell of a client's (RFC 4007). */
  readonly #scope: number;
  #firstHost = "";
  #lastReceived = -Infinity;
  /** Datagrams of the batch besides the first. */
  #rest = 0;
  #isBatching = true;
  #isClosed = false;

  /**
   * Takes `socket` over; peers are numbered below `capacity`. `onFallback` is called when a part of the
   * fast way turns out not to work; `scope` is the number of the interface for a socket that is bound to a
   * link-local address, as others may have the same address. Throws an `Error` if the socket cannot be found in the process; it is
   * still the caller's then.
   */
  constructor(
    socket: Deno.DatagramConn,
    capacity: number,
    library: BatchCalls,
    onFallback: (reason: string) => void,
    now: () => number = () => performance.now(),
    scope?: number,
  ) {
    this.#now = now;
    this.address = socket.addr as Deno.NetAddr;
    this.#descriptor = library.datagramDescriptor(this.address, scope);
    if (this.#descriptor < 0) throw new Error("the descriptor of the socket was not found");
    this.#library = library;
    this.#onFallback = onFallback;
    this.#plain = new PlainDatagramSocket(socket, 0);
    this.#sender = new BatchSender(library, this.#descriptor, this.#plain, onFallback);
    this.#received = new ReceivedBatch(library, capacity, 1);
    this.#scope = library.scope(this.#descriptor);
    this.bufferLength = library.enlargeBuffers(this.#descriptor, BUFFER_LENGTH);
  }

  async receive(): Promise<number> {
    // More is there already and would be taken at once: responses and writes that are due go first.
    if (this.#rest === BATCH_COUNT - 1) await endOfTurn();
    if (await this.#plain.receive() === 0 || this.#isClosed) return 0;
    this.#noteFirst(this.#plain.peerHost(0), this.#plain.peerPort(0));
    this.#rest = this.#isBatching && this.#isBusy() ? this.#receiveRest() : 0;
    return 1 + this.#rest;
  }

  datagram(index: number): Uint8Array {
    return index === 0 ? this.#plain.datagram(0) : this.#received.datagram(index);
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
    this.#plain.onLost = onLost;
  }

  get unsent(): number {
    return this.#sender.queued + this.#plain.unsent;
  }

  flush(): void {
    // The number of a closed descriptor may be that of another file by now.
    if (this.#isClosed) this.#sender.clear();
    else this.#sender.flush();
    this.#plain.flush();
  }

  close(): void {
    this.#isClosed = true;
    this.#plain.close();
  }

  /** The runtime tells addresses as text; often the same client comes again. */
  #noteFirst(host: string, port: number): void {
    const { addresses } = this.#received;
    if (host === this.#firstHost) return addresses.setPort(0, port);
    this.#firstHost = host;
    addresses.set(0, host, port);
    addresses.setScope(0, this.#scope);
  }

  /** Whether more may be there: the last batch had more, or a datagram came a moment ago. */
  #isBusy(): boolean {
    const now = this.#now();
    const isSoon = now - this.#lastReceived < BUSY;
    this.#lastReceived = now;
    return isSoon || this.#rest > 0;
  }

  #receiveRest(): number {
    const count = this.#received.receive(this.#descriptor);
    if (count >= 0) return count;
    const { errno } = this.#library;
    if (!PASSING.includes(errno)) {
      this.#isBatching = false;
      this.#onFallback(`recvmmsg failed with error ${errno}`);
    }
    return 0;
  }
}
