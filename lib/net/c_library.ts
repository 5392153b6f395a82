/**
 * The functions of the C library that move many datagrams in one system call (recvmmsg(2), sendmmsg(2)),
 * and what is needed to use them on a socket of the runtime.
 *
 * Addresses of buffers and errno are asked of the library itself, as the runtime's own means would take
 * more permissions: memmove(3) returns the address it was given, and copies from one that is known.
 * Nothing here keeps memory; who hands an address to the kernel keeps what it points to.
 */

import { openCLibrary } from "../base/open_c_library.ts";
import type { Address } from "./address.ts";
import { SOCKET_ADDRESS_STRIDE, SocketAddresses } from "./socket_addresses.ts";

const SYMBOLS = {
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  addressOf: { name: "memmove", parameters: ["buffer", "buffer", "usize"], result: "u64" },
  copyFrom: { name: "memmove", parameters: ["buffer", "u64", "usize"], result: "void" },
  errnoAddress: { name: "__errno_location", parameters: [], result: "u64" },
} as const;

type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const SOL_SOCKET = 1;
/** Options of a socket; the forced ones go beyond the system's limit, which takes CAP_NET_ADMIN. */
const SocketOption = {
  TYPE: 3,
  SEND_BUFFER: 7,
  RECEIVE_BUFFER: 8,
  SEND_BUFFER_FORCED: 32,
  RECEIVE_BUFFER_FORCED: 33,
} as const;
const SOCK_DGRAM = 2;
const AF_UNIX = 1;
const MSG_DONTWAIT = 0x40;
const INT_LENGTH = 4;
const LOWEST_DESCRIPTOR = 3;
const HIGHEST_DESCRIPTOR = 4096;

export const Errno = {
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EFAULT: 14,
  ENOSYS: 38,
  ENOTSOCK: 88,
  ENOBUFS: 105,
} as const;

/** What a socket that moves datagrams in batches needs. */
export interface BatchCalls {
  /** Where `octets` are in memory; they stay there as long as they are referenced. */
  address(octets: Uint8Array): number;
  /** Why the call right before failed. */
  readonly errno: number;
  /** Receives up to `count` messages into an array of `struct mmsghdr`; how many, or -1. */
  receiveMessages(descriptor: number, headers: Uint8Array, count: number): number;
  /** Sends the first `count` messages of an array of `struct mmsghdr`; how many, or -1 if none. */
  sendMessages(descriptor: number, headers: Uint8Array, count: number): number;
  /** The descriptor of this process's datagram socket that is bound to `address`, of `scope` if given, or -1. */
  datagramDescriptor(address: Address, scope?: number): number;
  /** The scope of the IPv6 address that a socket is bound to, 0 without one. */
  scope(descriptor: number): number;
  /** Asks for socket buffers of `octets`; the octets that the receive buffer has then. */
  enlargeBuffers(descriptor: number, octets: number): number;
}

export class CLibrary implements BatchCalls {
  readonly #symbols: Symbols;
  readonly #errnoAddress: bigint;
  readonly #int = new Int32Array(1);
  readonly #intOctets = new Uint8Array(this.#int.buffer);
  readonly #length = Uint8Array.from([INT_LENGTH, 0, 0, 0]);

  private constructor(symbols: Symbols) {
    this.#symbols = symbols;
    this.#errnoAddress = symbols.errnoAddress();
  }

  /** Opens the library; throws an `Error` that says why that cannot be, starting in lower case. */
  static open(files?: readonly string[]): CLibrary {
    return new CLibrary(openCLibrary(SYMBOLS, files));
  }

  address(octets: Uint8Array): number {
    return Number(this.#symbols.addressOf(octets, octets, 0n));
  }

  get errno(): number {
    this.#symbols.copyFrom(this.#intOctets, this.#errnoAddress, BigInt(INT_LENGTH));
    return this.#int[0];
  }

  receiveMessages(descriptor: number, headers: Uint8Array, count: number): number {
    return this.#symbols.recvmmsg(descriptor, headers, count, MSG_DONTWAIT, null);
  }

  sendMessages(descriptor: number, headers: Uint8Array, count: number): number {
    return this.#symbols.sendmmsg(descriptor, headers, count, MSG_DONTWAIT);
  }

  datagramDescriptor(address: Address, scope?: number): number {
    const wanted = new SocketAddresses(1);
    const found = new SocketAddresses(1);
    wanted.set(0, address.hostname, address.port);
    for (let fd = LOWEST_DESCRIPTOR; fd < HIGHEST_DESCRIPTOR; fd++) {
      if (!this.#readAddress(fd, found) || !found.isSame(0, wanted, 0)) continue;
      if (scope !== undefined && found.scope(0) !== scope) continue;
      if (this.#option(fd, SocketOption.TYPE) === SOCK_DGRAM) return fd;
    }
    return -1;
  }

  scope(descriptor: number): number {
    const address = new SocketAddresses(1);
    return this.#readAddress(descriptor, address) ? address.scope(0) : 0;
  }

  /** Two connected datagram sockets of this process, to be closed by the caller; undefined on failure. */
  openPair(): [number, number] | undefined {
    const pair = new Int32Array(2);
    const octets = new Uint8Array(pair.buffer);
    if (this.#symbols.socketpair(AF_UNIX, SOCK_DGRAM, 0, octets) !== 0) return undefined;
    return [pair[0], pair[1]];
  }

  /** Closes a descriptor of `openPair()`. */
  closeDescriptor(descriptor: number): void {
    this.#symbols.close(descriptor);
  }

  enlargeBuffers(descriptor: number, octets: number): number {
    const { RECEIVE_BUFFER, RECEIVE_BUFFER_FORCED, SEND_BUFFER, SEND_BUFFER_FORCED } = SocketOption;
    if (!this.#setOption(descriptor, RECEIVE_BUFFER_FORCED, octets)) {
      this.#setOption(descriptor, RECEIVE_BUFFER, octets);
    }
    if (!this.#setOption(descriptor, SEND_BUFFER_FORCED, octets)) {
      this.#setOption(descriptor, SEND_BUFFER, octets);
    }
    // The kernel doubles what it is asked for, as its own records count too (socket(7)).
    return this.#option(descriptor, RECEIVE_BUFFER) / 2;
  }

  #readAddress(descriptor: number, into: SocketAddresses): boolean {
    const length = Uint8Array.from([SOCKET_ADDRESS_STRIDE, 0, 0, 0]);
    return this.#symbols.getsockname(descriptor, into.octets, length) === 0;
  }

  #option(descriptor: number, option: number): number {
    this.#int[0] = 0;
    const { getsockopt } = this.#symbols;
    getsockopt(descriptor, SOL_SOCKET, option, this.#intOctets, this.#length);
    return this.#int[0];
  }

  #setOption(descriptor: number, option: number, value: number): boolean {
    this.#int[0] = value;
    const { setsockopt } = this.#symbols;
    return setsockopt(descriptor, SOL_SOCKET, option, this.#intOctets, INT_LENGTH) === 0;
  }
}
