/**
 * Ends a TCP connection of the runtime with a reset (RST) instead of a FIN, so that the kernel forgets at once
 * what the other side has not read: else it would keep up to megabytes of it for minutes (tcp(7), socket(7):
 * SO_LINGER); and tells how much the other side has taken (TCP_INFO), which writes show late. The runtime has no means
 * for that: the descriptor is found by its two addresses.
 */

import { openCLibrary } from "../base/open_c_library.ts";
import type { Address } from "./address.ts";
import { SOCKET_ADDRESS_STRIDE, SocketAddresses } from "./socket_addresses.ts";

const SYMBOLS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
} as const;

type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const SOL_SOCKET = 1;
const SO_LINGER = 13;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** `tcpi_bytes_acked` in `struct tcp_info` (Linux 4.1), and the octets up to its end. */
const ACKNOWLEDGED = 120;
const INFO_LENGTH = 128;
const LOWEST_DESCRIPTOR = 3;
const HIGHEST_DESCRIPTOR = 65_536;
/** Descriptors in a row that are no connection, after which the search ends: numbers are given lowest first. */
const MAX_GAP = 1024;

/** A stream that can be closed, between two addresses. */
interface Connection {
  readonly localAddr?: Address;
  readonly remoteAddr: Address;
  /** Closes with a reset by means of its own. */
  reset?(): void;
  close(): void;
}

export class StreamReset {
  readonly #symbols: Symbols | undefined;
  readonly #wanted = new SocketAddresses(2);
  readonly #found = new SocketAddresses(1);
  readonly #length = new Uint8Array(4);
  /** `struct linger`: on, for no time. */
  readonly #linger = new Uint8Array(Int32Array.of(1, 0).buffer);
  readonly #info = new Uint8Array(INFO_LENGTH);
  /** Searched once: a descriptor is that of its connection until this is closed. */
  readonly #descriptors = new WeakMap<Connection, number>();

  /** Without the C library, connections are closed with a FIN. */
  constructor(symbols: Symbols | undefined) {
    this.#symbols = symbols;
  }

  /** Opens the C library, if that may be. */
  static open(): StreamReset {
    try {
      return new StreamReset(openCLibrary(SYMBOLS));
    } catch {
      // Not permitted, or not on this system: the kernel then frees its buffers by its own rules.
      return new StreamReset(undefined);
    }
  }

  /** Closes `connection`, with a reset if that is possible. */
  close(connection: Connection): void {
    if (connection.reset) return connection.reset();
    this.#prepare(connection);
    connection.close();
  }

  /** Octets that the system of the other side has taken of an open connection; -1 if that is not known. */
  taken(connection: Connection): number {
    const descriptor = this.#descriptor(connection);
    const length = Uint8Array.of(INFO_LENGTH, 0, 0, 0);
    const info = this.#info;
    const result = descriptor < 0
      ? -1
      : this.#symbols?.getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, info, length);
    if (result !== 0 || length[0] < INFO_LENGTH) return -1;
    return Number(new DataView(info.buffer).getBigUint64(ACKNOWLEDGED, true));
  }

  #prepare(connection: Connection): void {
    const descriptor = this.#descriptor(connection);
    if (descriptor < 0) return;
    this.#symbols?.setsockopt(descriptor, SOL_SOCKET, SO_LINGER, this.#linger, this.#linger.length);
  }

  #descriptor(connection: Connection): number {
    const known = this.#descriptors.get(connection);
    if (known !== undefined) return known;
    const { localAddr, remoteAddr } = connection;
    const symbols = this.#symbols;
    if (symbols === undefined || localAddr === undefined) return -1;
    const descriptor = this.#find(symbols, localAddr, remoteAddr);
    this.#descriptors.set(connection, descriptor);
    return descriptor;
  }

  #find({ getpeername, getsockname }: Symbols, local: Address, remote: Address): number {
    this.#wanted.set(0, local.hostname, local.port);
    this.#wanted.set(1, remote.hostname, remote.port);
    let gap = 0;
    for (let fd = LOWEST_DESCRIPTOR; fd < HIGHEST_DESCRIPTOR && gap < MAX_GAP; fd++) {
      if (getpeername(fd, this.#found.octets, this.#stride()) !== 0) gap++;
      else {
        gap = 0;
        if (!this.#found.isSame(0, this.#wanted, 1)) continue;
        const isNamed = getsockname(fd, this.#found.octets, this.#stride()) === 0;
        if (isNamed && this.#found.isSame(0, this.#wanted, 0)) return fd;
      }
    }
    return -1;
  }

  /** What the kernel may write; it puts there what it has written. */
  #stride(): Uint8Array<ArrayBuffer> {
    this.#length.fill(0);
    this.#length[0] = SOCKET_ADDRESS_STRIDE;
    return this.#length as Uint8Array<ArrayBuffer>;
  }
}
