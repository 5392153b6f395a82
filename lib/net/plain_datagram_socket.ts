/**
 * A datagram socket on `Deno.listenDatagram` alone. It receives one datagram per wake-up; replies are
 * copied to one of two arenas and sent one after the other, because sends that nobody waits for leave
 * in reverse order and slow the runtime down to a tenth.
 *
 *     send() --> filling arena --flush()--> draining arena --> one awaited send at a time
 */

import type { Address } from "./address.ts";
import type { DatagramSocket } from "./datagram_socket.ts";

/** Octets of one arena; what does not fit while the other drains is dropped. */
const ARENA_LENGTH = 1 << 20;
/** Larger than any query that a client may send over UDP without fragments. */
const RECEIVE_LENGTH = 4096;

interface Arena {
  readonly octets: Uint8Array;
  readonly ends: number[];
  readonly peers: Deno.Addr[];
}

export class PlainDatagramSocket implements DatagramSocket {
  readonly address: Address;
  readonly #socket: Deno.DatagramConn;
  readonly #peers: Deno.NetAddr[];
  readonly #buffer = new Uint8Array(RECEIVE_LENGTH);
  #datagram: Uint8Array = this.#buffer;
  #from: Deno.NetAddr = { transport: "udp", hostname: "", port: 0 };
  #filling = newArena();
  #draining = newArena();
  #isDraining = false;
  #isClosed = false;
  /** Replies that found no room or that the system refused. */
  dropped = 0;
  onLost?: () => void;

  /** Takes `socket` over; peers are numbered below `capacity`. */
  constructor(socket: Deno.DatagramConn, capacity: number) {
    this.#socket = socket;
    this.address = socket.addr as Deno.NetAddr;
    this.#peers = new Array(capacity).fill(this.#from);
  }

  async receive(): Promise<number> {
    try {
      const [datagram, from] = await this.#socket.receive(this.#buffer);
      this.#datagram = datagram;
      this.#from = from as Deno.NetAddr;
      return 1;
    } catch (error) {
      if (this.#isClosed) return 0;
      throw error;
    }
  }

  datagram(_index: number): Uint8Array {
    return this.#datagram;
  }

  peerHost(_index: number): string {
    return this.#from.hostname;
  }

  peerPort(_index: number): number {
    return this.#from.port;
  }

  keepPeer(_index: number, peer: number): void {
    this.#peers[peer] = this.#from;
  }

  keptHost(peer: number): string {
    return this.#peers[peer].hostname;
  }

  isPeer(_index: number, peer: number): boolean {
    const kept = this.#peers[peer];
    return kept.port === this.#from.port && kept.hostname === this.#from.hostname;
  }

  send(peer: number, payload: Uint8Array): void {
    this.sendTo(this.#peers[peer], payload);
  }

  /** Queues a copy of `payload` for an address; it leaves at `flush()`. */
  sendTo(peer: Deno.NetAddr, payload: Uint8Array): void {
    const { octets, ends, peers } = this.#filling;
    const start = ends.length === 0 ? 0 : ends[ends.length - 1];
    if (start + payload.length > ARENA_LENGTH) {
      return this.#lose();
    }
    octets.set(payload, start);
    ends.push(start + payload.length);
    peers.push(peer);
  }

  get unsent(): number {
    return this.#filling.ends.length + this.#draining.ends.length;
  }

  flush(): void {
    if (!this.#isDraining && this.#filling.ends.length > 0) this.#drain();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  #lose(): void {
    this.dropped++;
    this.onLost?.();
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    while (this.#filling.ends.length > 0 && !this.#isClosed) {
      [this.#filling, this.#draining] = [this.#draining, this.#filling];
      await this.#sendAll(this.#draining);
    }
    this.#isDraining = false;
  }

  async #sendAll({ octets, ends, peers }: Arena): Promise<void> {
    let start = 0;
    for (let index = 0; index < ends.length; index++) {
      try {
        await this.#socket.send(octets.subarray(start, ends[index]), peers[index]);
      } catch {
        // The client is unreachable, or the socket was closed meanwhile: UDP promises nothing.
        this.#lose();
      }
      start = ends[index];
    }
    ends.length = 0;
    peers.length = 0;
  }
}

function newArena(): Arena {
  return { octets: new Uint8Array(ARENA_LENGTH), ends: [], peers: [] };
}
