/**
 * Datagrams that leave together, with one sendmmsg(2). What the kernel does not take goes another way, which
 * waits for room: no datagram is lost for being sent this way. Once the call fails in a way that will not
 * pass, it is not tried again.
 */

import { type BatchCalls, Errno } from "./c_library.ts";
import { MessageVector } from "./message_vector.ts";
import type { SocketAddresses } from "./socket_addresses.ts";

/** Datagrams and octets sent at a time. */
const COUNT = 128;
const LENGTH = 1 << 17;
/** Failures in a row after which the call is given up. */
const MAX_FAILURES = 32;
/** No room in the kernel now. */
const FULL: readonly number[] = [Errno.EAGAIN, Errno.ENOMEM, Errno.ENOBUFS];
/** What another attempt, with another datagram, cannot change. */
const HOPELESS: readonly number[] = [Errno.EBADF, Errno.EFAULT, Errno.ENOSYS, Errno.ENOTSOCK];

/** Another way for datagrams, one by one: it takes a copy, waits for room, and drops what cannot be sent. */
export interface SlowSender {
  sendTo(peer: Deno.NetAddr, payload: Uint8Array): void;
}

export class BatchSender {
  readonly #library: BatchCalls;
  readonly #descriptor: number;
  readonly #slow: SlowSender;
  readonly #onFallback: (reason: string) => void;
  readonly #messages: MessageVector;
  #octets = 0;
  #failures = 0;
  #isBatching = true;
  /** Datagrams that `flush()` will send. */
  queued = 0;

  /** `onFallback` is called once, if the call turns out not to work. */
  constructor(
    library: BatchCalls,
    descriptor: number,
    slow: SlowSender,
    onFallback: (reason: string) => void,
  ) {
    this.#library = library;
    this.#descriptor = descriptor;
    this.#slow = slow;
    this.#onFallback = onFallback;
    this.#messages = new MessageVector(library, COUNT, LENGTH);
  }

  /** Queues a copy of `payload` for the address at `index` in `peers`. */
  add(peers: SocketAddresses, index: number, payload: Uint8Array): void {
    const { length } = payload;
    if (this.queued === COUNT || this.#octets + length > LENGTH) this.flush();
    const { addresses, octets } = this.#messages;
    const start = this.#octets;
    addresses.copy(this.queued, peers, index);
    this.#messages.setAddressLength(this.queued, addresses.length(this.queued));
    this.#messages.setData(this.queued, start, length);
    // A loop is faster than set() for the hundred octets of a usual reply.
    if (length < 200) { for (let at = 0; at < length; at++) octets[start + at] = payload[at]; }
    else octets.set(payload, start);
    this.#octets += length;
    this.queued++;
  }

  flush(): void {
    const total = this.queued;
    for (let sent = 0; sent < total;) {
      const count = this.#isBatching ? this.#send(sent, total - sent) : 0;
      if (count > 0) sent += count;
      else if (count === 0) sent += this.#handOver(sent, total - sent);
    }
    this.clear();
  }

  /** Forgets what is queued. */
  clear(): void {
    this.queued = this.#octets = 0;
  }

  /** How many of `count` datagrams were sent: none if it has to be done otherwise, -1 to try again. */
  #send(index: number, count: number): number {
    const headers = this.#messages.headersFrom(index);
    const sent = this.#library.sendMessages(this.#descriptor, headers, count);
    if (sent > 0) {
      this.#failures = 0;
      return sent;
    }
    const { errno } = this.#library;
    if (errno === Errno.EINTR) return -1;
    if (FULL.includes(errno)) return this.#handOver(index, count);
    // One address may be at fault; the other way finds out.
    if (HOPELESS.includes(errno) || ++this.#failures === MAX_FAILURES) {
      this.#isBatching = false;
      this.#onFallback(`sendmmsg failed with error ${errno}`);
    }
    return this.#handOver(index, 1);
  }

  /** Gives datagrams to the other way; returns how many. */
  #handOver(index: number, count: number): number {
    const { addresses } = this.#messages;
    for (let at = index; at < index + count; at++) {
      const [hostname, port] = [addresses.host(at), addresses.port(at)];
      this.#slow.sendTo({ transport: "udp", hostname, port }, this.#messages.data(at));
    }
    return count;
  }
}
