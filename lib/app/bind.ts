/** Opens the sockets of a listening address: UDP and TCP on the same port. */

import { type Address, formatAddress, zoneNumber, zoneOf } from "../net/address.ts";
import { reasonOf } from "./system_error.ts";
import { inUseAdvice } from "./in_use_advice.ts";
import type { Transport } from "./socket_holder.ts";

export interface BoundAddress {
  readonly udp: Deno.DatagramConn;
  readonly tcp: Deno.TcpListener;
}

/** An address that cannot be listened on, and what to do about it. Exit code 1. */
export class BindError extends Error {
  override readonly name = "BindError";
  /** Whether this machine has no such address now: none of that number, or no interface of that name. */
  readonly isMissing: boolean;

  constructor(message: string, options?: ErrorOptions & { readonly isMissing?: boolean }) {
    super(message, options);
    this.isMissing = options?.isMissing ?? false;
  }
}

/** What the system says of an address that it does not have. */
const MISSING: readonly unknown[] = ["EADDRNOTAVAIL", "EAFNOSUPPORT", "ENODEV"];

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
  transport: Transport,
  listen: () => T,
  option = "--listen",
): T {
  try {
    return listen();
  } catch (error) {
    const text = `Cannot listen on ${formatAddress(address)} (${transport}): ${
      advice(error, address, transport, option)
    }`;
    throw new BindError(text, { cause: error, isMissing: isMissing(error, address) });
  }
}

/** The runtime looks up the interface of a zone before it asks the system, and gives no code where there is none. */
function isMissing(error: unknown, { hostname }: Address): boolean {
  const { code } = error as { code?: string };
  return code === undefined ? zoneOf(hostname) !== "" : MISSING.includes(code);
}

function advice(error: unknown, address: Address, transport: Transport, option: string): string {
  const { hostname, port } = address;
  const zone = zoneOf(hostname);
  if (isMissing(error, address) && zone !== "" && zoneNumber(zone) === 0) {
    return `this machine has no interface ${zone} with an IPv6 address; choose one with ${option}`;
  }
  switch ((error as { code?: string }).code) {
    case "EADDRINUSE":
      return `the address is in use; ${inUseAdvice(address, transport, option)}`;
    case "EACCES":
      return `no permission for port ${port}; start (or restart) as root, give the program ` +
        `CAP_NET_BIND_SERVICE, choose a port from 1024 on with ${option}, or have the system allow it ` +
        `(sysctl net.ipv4.ip_unprivileged_port_start=${port})`;
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      return `this machine has no such address; choose one of its own with ${option} (ip address ` +
        "shows them)";
    default:
      return reasonOf(error);
  }
}
