/** Chooses how datagrams are received and sent, and says so once. */

import type { Logger } from "../base/log.ts";
import { zoneNumber } from "../net/address.ts";
import { BatchDatagramSocket } from "../net/batch_datagram_socket.ts";
import { CLibrary } from "../net/c_library.ts";
import type { DatagramSocket } from "../net/datagram_socket.ts";
import { hasExpectedLayout } from "../net/layout_check.ts";
import { PlainDatagramSocket } from "../net/plain_datagram_socket.ts";
import { ConfigError } from "./settings/config_error.ts";
import { reasonOf } from "./system_error.ts";

/** `batch`: many datagrams in one system call; `plain`: one by one; `auto`: batch where that can be. */
export const UDP_IO = ["auto", "plain", "batch"] as const;
export type UdpIo = typeof UDP_IO[number];

/** A smaller receive buffer may lose a part of a burst of a thousand queries. */
const WANTED_BUFFER = 1 << 20;

export class UdpIoChooser {
  readonly #mode: UdpIo;
  readonly #log: Logger;
  #library: CLibrary | undefined;
  #hasTold = false;

  constructor(mode: UdpIo, log: Logger) {
    this.#mode = mode;
    this.#log = log;
  }

  /** Opens the C library, if it will be used: while that may be. What is wrong with it, `open()` tells. */
  prepare(): void {
    if (this.#mode === "plain" || this.#library) return;
    try {
      this.#library = openLibrary();
    } catch (error) {
      this.#log.debug(`UDP cannot be moved in batches: ${reasonOf(error)}`);
    }
  }

  /**
   * Takes `socket` over, with peers numbered below `capacity`, which is bound to an address of this zone (RFC
   * 4007, 11), if to one with a zone; throws `ConfigError` if it must not.
   */
  open(socket: Deno.DatagramConn, capacity: number, zone = ""): DatagramSocket {
    if (this.#mode === "plain") return this.#openPlain(socket, capacity, "as asked");
    try {
      return this.#openBatch(socket, capacity, zone);
    } catch (error) {
      return this.#openPlain(socket, capacity, reasonOf(error));
    }
  }

  #openBatch(socket: Deno.DatagramConn, capacity: number, zone: string): DatagramSocket {
    this.#library ??= openLibrary();
    const onFallback = (reason: string) =>
      this.#log.warning(`UDP goes on one datagram at a time: ${reason}`);
    const scope = zone === "" ? undefined : zoneNumber(zone);
    const batch = new BatchDatagramSocket(
      socket,
      capacity,
      this.#library,
      onFallback,
      undefined,
      scope,
    );
    const { bufferLength } = batch;
    const advice = bufferLength < WANTED_BUFFER
      ? "; sysctl net.core.rmem_max=4194304 allows a larger one"
      : "";
    const size = `${Math.round(bufferLength / 1024)} KiB`;
    this.#tell(`UDP in batches (recvmmsg, sendmmsg), receive buffer ${size}${advice}`);
    return batch;
  }

  #openPlain(socket: Deno.DatagramConn, capacity: number, reason: string): DatagramSocket {
    if (this.#mode === "batch") {
      throw new ConfigError("--udp-io", "batch", `not possible here: ${reason}; use auto or plain`);
    }
    this.#tell(`UDP one datagram at a time: ${reason}`);
    return new PlainDatagramSocket(socket, capacity);
  }

  #tell(text: string): void {
    if (!this.#hasTold) this.#log.info(text);
    this.#hasTold = true;
  }
}

function openLibrary(): CLibrary {
  const library = CLibrary.open();
  if (hasExpectedLayout(library)) return library;
  throw new Error("the kernel's structures are not as expected");
}
