/** A UDP socket in memory: the test is all of its clients. */

import type { Address } from "../../lib/net/address.ts";
import type { DatagramSocket } from "../../lib/net/datagram_socket.ts";
import { settled } from "../helpers/fake_clock.ts";
import { type Message, parseMessage } from "../helpers/message.ts";

export interface Datagram {
  readonly octets: Uint8Array;
  readonly host: string;
  readonly port: number;
}

export interface Reply {
  readonly message: Message;
  readonly host: string;
  readonly port: number;
}

export class FakeDatagramSocket implements DatagramSocket {
  readonly address: Address;
  /** The replies that have left. */
  readonly replies: Reply[] = [];
  /** How many datagrams left at each flush. */
  readonly flushes: number[] = [];
  isClosed = false;
  #batch: readonly Datagram[] = [];
  readonly #peers = new Map<number, Datagram>();
  readonly #queue: Reply[] = [];
  #receiving: PromiseWithResolvers<number> | undefined;

  constructor(hostname = "127.0.0.1") {
    this.address = { hostname, port: 53 };
  }

  receive(): Promise<number> {
    if (this.isClosed) return Promise.resolve(0);
    this.#receiving = Promise.withResolvers();
    return this.#receiving.promise;
  }

  datagram(index: number): Uint8Array {
    return this.#batch[index].octets;
  }

  peerHost(index: number): string {
    return this.#batch[index].host;
  }

  peerPort(index: number): number {
    return this.#batch[index].port;
  }

  keepPeer(index: number, peer: number): void {
    this.#peers.set(peer, this.#batch[index]);
  }

  keptHost(peer: number): string {
    return (this.#peers.get(peer) as Datagram).host;
  }

  isPeer(index: number, peer: number): boolean {
    const [one, other] = [this.#batch[index], this.#peers.get(peer)];
    return one.host === other?.host && one.port === other.port;
  }

  send(peer: number, payload: Uint8Array): void {
    const { host, port } = this.#peers.get(peer) as Datagram;
    this.#queue.push({ message: parseMessage(Uint8Array.from(payload)), host, port });
  }

  get unsent(): number {
    return this.#queue.length;
  }

  flush(): void {
    this.flushes.push(this.#queue.length);
    this.replies.push(...this.#queue.splice(0));
  }

  close(): void {
    this.isClosed = true;
    this.#receiving?.resolve(0);
  }

  /** The datagrams arrive in one batch; their octets are gone afterwards, as those of a socket are. */
  async deliver(...batch: Datagram[]): Promise<void> {
    this.#batch = batch.map((each) => ({ ...each, octets: Uint8Array.from(each.octets) }));
    const { length } = batch;
    this.#receiving?.resolve(length);
    await settled();
    for (const { octets } of this.#batch) octets.fill(0xee);
  }

  async fail(error: Error): Promise<void> {
    this.#receiving?.reject(error);
    await settled();
  }
}
