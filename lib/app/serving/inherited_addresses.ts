/** The sockets that the program was started with, as addresses to serve. */

import { type Address, formatAddress } from "../../net/address.ts";
import type { Inherited } from "../service/socket_activation.ts";
import { addressOf, type OpenAddress } from "./served_address.ts";

/** UDP and TCP of the same address are one; either may be missing. */
export function inheritedAddresses({ datagrams, streams }: Inherited): OpenAddress[] {
  const left = new Set(streams);
  const pairs = datagrams.map((socket) => {
    const tcp = [...left].find(({ addr }) => isSame(addr, socket.address));
    if (tcp) left.delete(tcp);
    return { wanted: addressOf(socket.address), socket, tcp };
  });
  return [...pairs, ...[...left].map((tcp) => ({ wanted: addressOf(tcp.addr), tcp }))];
}

function isSame(one: Address, other: Address): boolean {
  return formatAddress(one) === formatAddress(other);
}
