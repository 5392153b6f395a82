/** Opens the sockets of a listening address: UDP and TCP on the same port. */

import { type Address, formatAddress } from "../net/address.ts";

export interface BoundAddress {
  readonly udp: Deno.DatagramConn;
  readonly tcp: Deno.TcpListener;
}

/** An address that cannot be listened on, and what to do about it. Exit code 1. */
export class BindError extends Error {
  override readonly name = "BindError";

  /** Whether this machine has no such address. */
  get isMissing(): boolean {
    const { code = "" } = (this.cause ?? {}) as { code?: string };
    return code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
  }
}

/** How often another port is tried where any will do, but UDP and TCP have to agree. */
const PORT_ATTEMPTS = 20;

/** Opens both sockets, or none; throws `BindError`. */
export function bind(address: Address): BoundAddress {
  for (let attempt = 1;; attempt++) {
    const tcp = open(address, "TCP", () => Deno.listen({ ...address, transport: "tcp" }));
    const port = tcp.addr.port;
    try {
      const udp = open(
        { ...address, port },
        "UDP",
        () => Deno.listenDatagram({ hostname: address.hostname, port, transport: "udp" }),
      );
      return { tcp, udp };
    } catch (error) {
      tcp.close();
      if (address.port !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** Opens a socket for TCP alone, at an address that `option` gives; throws `BindError`. */
export function bindStream(address: Address, option: string): Deno.TcpListener {
  return open(address, "TCP", () => Deno.listen({ ...address, transport: "tcp" }), option);
}

function open<T>(
  address: Address,
  transport: string,
  listen: () => T,
  option = "--listen",
): T {
  try {
    return listen();
  } catch (error) {
    const text = `Cannot listen on ${formatAddress(address)} (${transport}): ${
      advice(error, address, option)
    }`;
    throw new BindError(text, { cause: error });
  }
}

function advice(error: unknown, { port }: Address, option: string): string {
  switch ((error as { code?: string }).code) {
    case "EADDRINUSE":
      return "the address is in use; end the program that has it (ss -lntup shows which) or " +
        `choose another with ${option}`;
    case "EACCES":
      return `no permission for port ${port}; start (or restart) as root, give the program ` +
        `CAP_NET_BIND_SERVICE, or choose a port from 1024 on with ${option}`;
    case "EADDRNOTAVAIL":
      return `this machine has no such address; choose one of its own with ${option} (ip address ` +
        "shows them)";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
