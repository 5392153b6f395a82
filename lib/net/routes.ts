/**
 * From which of its addresses this machine would reach another one now: a datagram socket is connected to it, which
 * sends nothing, and asked for its own address (connect(2), getsockname(2)).
 */

import { openCLibrary } from "../base/open_c_library.ts";
import { isIpv4 } from "./address.ts";
import { SOCKET_ADDRESS_STRIDE, SocketAddresses } from "./socket_addresses.ts";

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

const AF_INET = 2;
const AF_INET6 = 10;
/** SOCK_DGRAM, not for programs that are started. */
const DATAGRAMS = 2 | 0o2_000_000;
/** Any but zero. */
const PORT = 53;

export class Routes {
  readonly #symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  readonly #address = new SocketAddresses(1);

  private constructor(symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"]) {
    this.#symbols = symbols;
  }

  /** Opens the C library; undefined where that cannot be. */
  static open(): Routes | undefined {
    try {
      return new Routes(openCLibrary(SYMBOLS));
    } catch {
      // The caller then takes every change for one that matters.
      return undefined;
    }
  }

  /** The address that a connection to `host` would have here; undefined if there is no way there. */
  sourceFor(host: string): string | undefined {
    const { close, socket } = this.#symbols;
    const descriptor = socket(isIpv4(host) ? AF_INET : AF_INET6, DATAGRAMS, 0);
    if (descriptor < 0) return undefined;
    try {
      return this.#sourceOf(descriptor, host);
    } finally {
      close(descriptor);
    }
  }

  #sourceOf(descriptor: number, host: string): string | undefined {
    const { connect, getsockname } = this.#symbols;
    const address = this.#address;
    address.set(0, host, PORT);
    if (connect(descriptor, address.octets, address.length(0)) !== 0) return undefined;
    const length = Uint8Array.from([SOCKET_ADDRESS_STRIDE, 0, 0, 0]);
    return getsockname(descriptor, address.octets, length) === 0 ? address.host(0) : undefined;
  }
}
