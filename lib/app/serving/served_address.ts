/** One address that is served: its UDP and its TCP listener, and the switch to who answers them. */

import {
  TcpListener,
  type TcpListenerOptions,
  type TcpSettings,
} from "../../listener/tcp_listener.ts";
import {
  UdpListener,
  type UdpListenerOptions,
  type UdpSettings,
} from "../../listener/udp_listener.ts";
import { type Address, zoneOf } from "../../net/address.ts";
import type { DatagramSocket } from "../../net/datagram_socket.ts";
import type { StreamListener } from "../../net/stream_listener.ts";
import type { Answering } from "../../resolver/resolver.ts";
import { Switch } from "../../resolver/switch.ts";
import { Limit } from "../settings/config.ts";
import type { Served } from "./address_changes.ts";

/** The sockets of an address, one at least, open, and nobody who reads them yet. */
export interface OpenAddress {
  readonly wanted: Address;
  readonly socket?: DatagramSocket;
  readonly tcp?: StreamListener;
}

/** What all listeners have in common. */
export type Shared =
  & Pick<UdpListenerOptions, "access" | "counters" | "clock" | "log" | "notices">
  & Pick<TcpListenerOptions, "limits" | "streamReset" | "unsent">;

/** What of it may change while they serve. */
export type ListenerSettings = UdpSettings & TcpSettings;

export class ServedAddress implements Served {
  readonly wanted: Address;
  readonly address: Address;
  /** Which of all addresses served in this run it is. */
  readonly number: number;
  readonly #answering: Switch;
  readonly #udp: UdpListener | undefined;
  readonly #tcp: TcpListener | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #isTaking = true;
  #isClosed = false;

  /** Takes the sockets over. */
  constructor(
    { wanted, socket, tcp }: OpenAddress,
    number: number,
    answering: Answering,
    settings: ListenerSettings,
    { limits, streamReset, unsent, ...shared }: Shared,
  ) {
    this.wanted = wanted;
    this.address = actualAddress({ wanted, socket, tcp });
    this.number = number;
    this.#answering = new Switch(answering);
    const { truncate, rate, own, stream, keepalive, queryLog } = settings;
    const zone = zoneOf(wanted.hostname);
    const common = { ...shared, answering: this.#answering, queryLog, zone };
    const capacity = Limit.IN_FLIGHT;
    this.#udp = socket && new UdpListener(socket, { ...common, capacity, truncate, rate, own });
    this.#tcp = tcp && new TcpListener(tcp, {
      ...common,
      limits,
      streamReset,
      unsent,
      capacity: Limit.TCP_IN_FLIGHT,
      stream,
      keepalive,
    });
  }

  /** Clients that wait, over UDP and over TCP. */
  get clients(): { readonly udp: number; readonly tcp: number } {
    return { udp: this.#udp?.clients ?? 0, tcp: this.#tcp?.clients ?? 0 };
  }

  /** Replies that are owed. */
  get waiting(): number {
    if (this.#isClosed) return 0;
    return (this.#udp?.waiting ?? 0) + (this.#tcp?.waiting ?? 0);
  }

  /** Serves until `close()`. */
  run(): void {
    this.#running = Promise.all([this.#udp?.run(), this.#tcp?.run()]);
  }

  /** Resolves after `close()`, once the address is free for others. */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** Others answer what is asked from now on. */
  answerBy(answering: Answering): void {
    this.#answering.to(answering);
  }

  change(settings: ListenerSettings): void {
    this.#udp?.change(settings);
    this.#tcp?.change(settings);
  }

  /** Takes nothing more; what was asked is still answered. */
  stopTaking(): void {
    if (!this.#isTaking) return;
    this.#isTaking = false;
    this.#udp?.stopTaking();
    this.#tcp?.stopTaking();
  }

  close(): void {
    this.stopTaking();
    this.#isClosed = true;
    this.#udp?.close();
    this.#tcp?.close();
  }
}

/** Where the sockets are: port 0 has become another, and a zone stays, which the runtime does not tell. */
export function actualAddress({ wanted, socket, tcp }: OpenAddress): Address {
  const { hostname, port } = socket?.address ?? tcp?.addr ?? wanted;
  return { hostname: zoneOf(wanted.hostname) === "" ? hostname : wanted.hostname, port };
}

/** Without what else the runtime tells of a socket's address. */
export function addressOf({ hostname, port }: Address): Address {
  return { hostname, port };
}
