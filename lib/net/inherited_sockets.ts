/**
 * The sockets that this process was started with, as a service manager passes them (sd_listen_fds(3)):
 * descriptors from 3 on, of any kind.
 */

import type { Address } from "./address.ts";
import { CLibrary } from "./c_library.ts";
import type { DatagramSocket } from "./datagram_socket.ts";
import { DescriptorCalls } from "./descriptor_calls.ts";
import { type DescriptorAccess, InheritedDatagramSocket } from "./inherited_datagram_socket.ts";
import { InheritedListener } from "./inherited_listener.ts";
import { hasExpectedLayout } from "./layout_check.ts";
import type { StreamListener } from "./stream_listener.ts";

export const FIRST_INHERITED = 3;

/** A socket that queries can come to. */
export interface InheritedSocket {
  readonly descriptor: number;
  readonly transport: "udp" | "tcp";
  readonly address: Address;
}

export class InheritedSockets {
  readonly sockets: readonly InheritedSocket[];
  /** Descriptors that are no UDP socket and no TCP listener, or are not open; left as they are. */
  readonly others: readonly number[];
  readonly #access: DescriptorAccess;

  /**
   * Looks at the descriptors from 3 on, `count` of them, and keeps them from programs that are started. Throws
   * an `Error` that says why that cannot be, starting in lower case.
   */
  constructor(count: number) {
    const library = CLibrary.open();
    if (!hasExpectedLayout(library)) throw new Error("the kernel's structures are not as expected");
    const calls = DescriptorCalls.open();
    this.#access = { library, calls };
    const descriptors = Array.from({ length: count }, (_, index) => FIRST_INHERITED + index);
    const found = descriptors.map((descriptor) => examine(calls, descriptor));
    this.sockets = found.filter((each) => each !== undefined);
    this.others = descriptors.filter((_, index) => found[index] === undefined);
  }

  /** Takes the UDP socket over, with peers numbered below `capacity`. */
  openDatagram(
    { descriptor }: InheritedSocket,
    capacity: number,
    onFallback: (reason: string) => void,
  ): DatagramSocket {
    return new InheritedDatagramSocket(descriptor, capacity, this.#access, onFallback);
  }

  /** Takes the TCP listener over. */
  openListener({ descriptor, address }: InheritedSocket): StreamListener {
    this.#access.calls.setNonblocking(descriptor);
    return new InheritedListener(descriptor, address);
  }
}

function examine(calls: DescriptorCalls, descriptor: number): InheritedSocket | undefined {
  const transport = calls.claim(descriptor) ? calls.kind(descriptor) : "other";
  const address = calls.address(descriptor);
  if (transport === "other" || address === undefined) return undefined;
  return { descriptor, transport, address };
}
