/** The replies of a UDP listener on their way out: counted, and sent together at the end of the turn. */

import type { Clock } from "../base/clock.ts";
import { Prefixes } from "../base/prefixes.ts";
import { headerRcode, isTruncated } from "../dns/header.ts";
import { PAYLOAD_SIZE } from "../dns/query.ts";
import type { DatagramSocket } from "../net/datagram_socket.ts";
import type { ListenerCounters } from "./listener_counters.ts";

export class UdpReplies {
  readonly #socket: DatagramSocket;
  readonly #replies: Prefixes;
  readonly #counters: ListenerCounters;
  readonly #clock: Clock;
  #madeAt = 0;
  #isFlushScheduled = false;

  /** Each reply is the beginning of `octets` when it is sent. */
  constructor(
    socket: DatagramSocket,
    octets: Uint8Array,
    counters: ListenerCounters,
    clock: Clock,
  ) {
    this.#socket = socket;
    this.#replies = new Prefixes(octets, PAYLOAD_SIZE);
    this.#counters = counters;
    this.#clock = clock;
  }

  /** When the first of those that are about to leave was made: the clock is read once for all of them. */
  get madeAt(): number {
    return this.#madeAt;
  }

  /** Sends the first `length` octets to the peer that the socket keeps under this number. */
  send(peer: number, length: number): void {
    const counters = this.#counters;
    const reply = this.#replies.of(length);
    counters.answered++;
    counters.rcodes[headerRcode(reply)]++;
    if (isTruncated(reply)) counters.truncated++;
    this.#socket.send(peer, reply);
    if (this.#isFlushScheduled) return;
    this.#madeAt = this.#clock.now();
    this.#isFlushScheduled = true;
    queueMicrotask(this.#flush);
  }

  readonly #flush = () => {
    this.#isFlushScheduled = false;
    this.#socket.flush();
  };
}
