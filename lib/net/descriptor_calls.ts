/**
 * What can be asked of a descriptor that this process was given, and how it is waited for: functions of the C
 * library (poll(2), eventfd(2), getsockopt(2)), since the runtime takes over no socket but those of its making.
 */

import { openCLibrary } from "../base/open_c_library.ts";
import type { Address } from "./address.ts";
import { SOCKET_ADDRESS_STRIDE, SocketAddresses } from "./socket_addresses.ts";

const SYMBOLS = {
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32", nonblocking: true },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
} as const;

type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const SOL_SOCKET = 1;
const SocketOption = { TYPE: 3, ACCEPTS: 30 } as const;
const SocketType = { STREAM: 1, DATAGRAM: 2 } as const;
const AF_INET = 2;
const AF_INET6 = 10;
const Command = { SET_DESCRIPTOR_FLAGS: 2, GET_STATUS: 3, SET_STATUS: 4 } as const;
const FD_CLOEXEC = 1;
const O_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

/** `udp`: a bound socket; `tcp`: a listener; `other`: anything else that is open. */
export type DescriptorKind = "udp" | "tcp" | "other";

/** Events of poll(2). */
export const Poll = { IN: 1, OUT: 4, INVALID: 0x20 } as const;

export class DescriptorCalls {
  readonly #symbols: Symbols;

  private constructor(symbols: Symbols) {
    this.#symbols = symbols;
  }

  /** Opens the library; throws an `Error` that says why that cannot be, starting in lower case. */
  static open(): DescriptorCalls {
    return new DescriptorCalls(openCLibrary(SYMBOLS));
  }

  /** Keeps the descriptor from programs that are started; false if there is no such descriptor. */
  claim(descriptor: number): boolean {
    return this.#symbols.fcntl(descriptor, Command.SET_DESCRIPTOR_FLAGS, FD_CLOEXEC) === 0;
  }

  /** No call on the descriptor shall wait, for whoever has it. */
  setNonblocking(descriptor: number): void {
    const flags = this.#symbols.fcntl(descriptor, Command.GET_STATUS, 0);
    this.#symbols.fcntl(descriptor, Command.SET_STATUS, flags | O_NONBLOCK);
  }

  kind(descriptor: number): DescriptorKind {
    if (this.address(descriptor) === undefined) return "other";
    const type = this.#option(descriptor, SocketOption.TYPE);
    if (type === SocketType.DATAGRAM) return "udp";
    const isListener = this.#option(descriptor, SocketOption.ACCEPTS) === 1;
    return type === SocketType.STREAM && isListener ? "tcp" : "other";
  }

  /** The IP address that a socket is bound to; undefined if there is none, or no port. */
  address(descriptor: number): Address | undefined {
    const found = new SocketAddresses(1);
    const length = Uint8Array.from([SOCKET_ADDRESS_STRIDE, 0, 0, 0]);
    if (this.#symbols.getsockname(descriptor, found.octets, length) !== 0) return undefined;
    const family = found.octets[0];
    if ((family !== AF_INET && family !== AF_INET6) || found.port(0) === 0) return undefined;
    return { hostname: found.host(0), port: found.port(0) };
  }

  /** A descriptor that becomes readable by `signal()`; throws an `Error` if there is none left. */
  openSignal(): number {
    const descriptor = this.#symbols.eventfd(0, EFD_CLOEXEC);
    if (descriptor < 0) throw new Error("no descriptor is left");
    return descriptor;
  }

  signal(descriptor: number): void {
    this.#symbols.write(descriptor, Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0]), 8n);
  }

  /** Waits for one of `count` descriptors, in a thread; `entries` is an array of `struct pollfd`, kept meanwhile. */
  async poll(entries: Uint8Array<ArrayBuffer>, count: number): Promise<void> {
    await this.#symbols.poll(entries, BigInt(count), -1);
  }

  close(descriptor: number): void {
    this.#symbols.close(descriptor);
  }

  #option(descriptor: number, option: number): number {
    const value = new Int32Array(1);
    const length = Uint8Array.from([4, 0, 0, 0]);
    const octets = new Uint8Array(value.buffer);
    const result = this.#symbols.getsockopt(descriptor, SOL_SOCKET, option, octets, length);
    return result === 0 ? value[0] : -1;
  }
}
