/** Opens the sockets of several addresses: of all, or of none. */

import type { Logger } from "../../base/log.ts";
import type { Address } from "../../net/address.ts";
import { bind, BindError, type BoundAddress } from "../bind.ts";
import { Limit } from "../settings/config.ts";
import type { UdpIoChooser } from "../udp_io.ts";
import type { OpenAddress } from "./served_address.ts";

interface Bound extends BoundAddress {
  readonly wanted: Address;
}

/**
 * Throws `BindError` or `ConfigError`, and then nothing is left open. An address that this machine does not
 * have is left out where `mayMiss` says so of the number of those that are open by then; the log tells.
 */
export function openAddresses(
  addresses: readonly Address[],
  mayMiss: (opened: number) => boolean,
  chooser: UdpIoChooser,
  log: Logger,
): OpenAddress[] {
  const bound = bindAll(addresses, mayMiss, log);
  try {
    // One more peer than clients wait: that of a reply which is sent at once.
    return bound.map(({ wanted, tcp, udp }) => {
      return { wanted, tcp, socket: chooser.open(udp, Limit.IN_FLIGHT + 1) };
    });
  } catch (error) {
    closeAll(bound);
    throw error;
  }
}

function bindAll(
  addresses: readonly Address[],
  mayMiss: (opened: number) => boolean,
  log: Logger,
): Bound[] {
  const bound: Bound[] = [];
  for (const address of addresses) {
    try {
      bound.push({ ...bind(address), wanted: address });
    } catch (error) {
      if (mayMiss(bound.length) && error instanceof BindError && error.isMissing) {
        log.warning(`Not listening on [${address.hostname}]: this machine has no such address`);
        continue;
      }
      closeAll(bound);
      throw error;
    }
  }
  return bound;
}

function closeAll(bound: readonly BoundAddress[]): void {
  for (const { tcp, udp } of bound) {
    tcp.close();
    udp.close();
  }
}
