/** Ports that a program which has given up the rights of root cannot open when their address comes. */

import { readSystemFile } from "../../base/system_file.ts";
import type { Logger } from "../../base/log.ts";
import { type Address, formatAddress } from "../../net/address.ts";

const FIRST_UNPRIVILEGED = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
const USUAL_FIRST = 1024;

/** Warns of each of `awaited` that `user`, who is not root, may not open. */
export function tellForbiddenPorts(awaited: readonly Address[], user: string, log: Logger): void {
  const first = firstUnprivileged();
  for (const address of awaited.filter(({ port }) => port !== 0 && port < first)) {
    log.warning(
      `When ${formatAddress(address)} comes, user ${user} may not open it: ` +
        `sysctl net.ipv4.ip_unprivileged_port_start=${address.port} permits that, or restart then`,
    );
  }
}

function firstUnprivileged(): number {
  return Number(readSystemFile(FIRST_UNPRIVILEGED) ?? USUAL_FIRST);
}
