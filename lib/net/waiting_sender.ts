/**
 * Sends datagrams one by one from a descriptor, waiting for room in the kernel: for what is left over when
 * its buffer is full. It bounds what it keeps, and drops what cannot be sent, as UDP promises nothing.
 */

import type { SlowSender } from "./batch_sender.ts";
import { type BatchCalls, Errno } from "./c_library.ts";
import { type DescriptorCalls, Poll } from "./descriptor_calls.ts";
import { MessageVector } from "./message_vector.ts";
import { Readiness } from "./readiness.ts";

/** Octets that wait at most. */
const MAX_LENGTH = 1 << 20;
/** The largest datagram. */
const LENGTH = 65_536;
const FULL: readonly number[] = [Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM, Errno.ENOBUFS];

interface Waiting {
  readonly peer: Deno.NetAddr;
  readonly payload: Uint8Array;
}

export class WaitingSender implements SlowSender {
  /** Is called for each datagram that found no room here or that the system refused. */
  onLost?: () => void;
  readonly #library: BatchCalls;
  readonly #descriptor: number;
  readonly #room: Readiness;
  readonly #onClosed: () => void;
  readonly #waiting: Waiting[] = [];
  /** Made when first needed, as it mostly is not. */
  #message: MessageVector | undefined;
  #length = 0;
  #isDraining = false;
  #isClosed = false;

  /** `onClosed` is called after `close()`, once the descriptor is not used any more. */
  constructor(
    library: BatchCalls,
    calls: DescriptorCalls,
    descriptor: number,
    onClosed: () => void,
  ) {
    this.#library = library;
    this.#descriptor = descriptor;
    this.#room = new Readiness(calls, descriptor, Poll.OUT);
    this.#onClosed = onClosed;
  }

  get unsent(): number {
    return this.#waiting.length;
  }

  sendTo(peer: Deno.NetAddr, payload: Uint8Array): void {
    if (this.#isClosed || this.#length + payload.length > MAX_LENGTH) return this.onLost?.();
    this.#length += payload.length;
    this.#waiting.push({ peer, payload: payload.slice() });
    if (!this.#isDraining) this.#drain();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const _ of this.#waiting.splice(0)) this.onLost?.();
    this.#room.close();
    if (!this.#isDraining) this.#onClosed();
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    while (!this.#isClosed && this.#waiting.length > 0) {
      await this.#room.wait();
      while (!this.#isClosed && this.#waiting.length > 0 && this.#send(this.#waiting[0])) {
        this.#length -= this.#waiting[0].payload.length;
        this.#waiting.shift();
      }
    }
    this.#isDraining = false;
    if (this.#isClosed) this.#onClosed();
  }

  /** Whether the datagram is done with, sent or refused; false where there is no room for it now. */
  #send({ peer, payload }: Waiting): boolean {
    const message = this.#message ??= new MessageVector(this.#library, 1, LENGTH);
    message.addresses.set(0, peer.hostname, peer.port);
    message.setAddressLength(0, message.addresses.length(0));
    message.octets.set(payload);
    message.setData(0, 0, payload.length);
    const sent = this.#library.sendMessages(this.#descriptor, message.headers, 1);
    if (sent === 1) return true;
    if (FULL.includes(this.#library.errno)) return false;
    this.onLost?.();
    return true;
  }
}
