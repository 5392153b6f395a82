/** Which connections a change of this machine's addresses has left alone. */

import { isLinkLocal } from "../net/address.ts";
import type { Routes } from "../net/routes.ts";
import type { IsUnmoved } from "../resolver/unmoved.ts";
import type { InterfaceAddress } from "./settings/listen_address.ts";

/**
 * A connection goes on where its address here still exists, and a new connection would leave by the same interface:
 * another one means that there is another way, as through a VPN. Another address of the same one does not matter,
 * as a temporary address that takes over from the last (RFC 8981).
 */
export function stillGoes(
  routes: Pick<Routes, "sourceFor">,
  interfaces: readonly Pick<InterfaceAddress, "address" | "name">[],
): IsUnmoved {
  const names = new Map(interfaces.map(({ address, name }) => [address, name]));
  return ({ localHost, remoteHost }) => {
    // A Unix socket goes nowhere.
    if (localHost === "") return true;
    const [local] = localHost.split("%");
    const name = names.get(local);
    if (name === undefined) return false;
    // Only on its own link, which the address alone does not name.
    if (isLinkLocal(remoteHost)) return true;
    const source = routes.sourceFor(remoteHost);
    return source === local || (source !== undefined && names.get(source) === name);
  };
}
