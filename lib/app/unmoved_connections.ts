/** Which connections a change of this machine's addresses has left alone. */

import { isLinkLocal } from "../net/address.ts";
import type { Routes } from "../net/routes.ts";
import type { IsUnmoved } from "../resolver/unmoved.ts";
import type { InterfaceAddress } from "./settings/listen_address.ts";

/**
 * A connection goes on where its address here still exists and is the one that a new connection would have: another
 * one means that there is another way, as through a VPN.
 */
export function stillGoes(
  routes: Pick<Routes, "sourceFor">,
  interfaces: readonly Pick<InterfaceAddress, "address">[],
): IsUnmoved {
  const addresses = new Set(interfaces.map(({ address }) => address));
  return ({ localHost, remoteHost }) => {
    // A Unix socket goes nowhere.
    if (localHost === "") return true;
    const [local] = localHost.split("%");
    if (!addresses.has(local)) return false;
    // Only on its own link, which the address alone does not name.
    return isLinkLocal(remoteHost) || routes.sourceFor(remoteHost) === local;
  };
}
