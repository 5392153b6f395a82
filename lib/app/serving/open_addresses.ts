/** Opens the sockets of addresses that are to be served. */

import { type Address, formatAddress, isWildcard, zoneOf } from "../../net/address.ts";
import { bind, BindError } from "../bind.ts";
import { Limit } from "../settings/config.ts";
import { ConfigError } from "../settings/config_error.ts";
import type { UdpIoChooser } from "../udp_io.ts";
import type { OpenAddress } from "./served_address.ts";

/** Those that are open, and why each of the others is not, in the order of the addresses. */
export interface Opened {
  readonly open: readonly OpenAddress[];
  readonly failed: readonly FailedAddress[];
}

export interface FailedAddress {
  readonly address: Address;
  readonly reason: BindError | ConfigError;
}

/** Opens what can be opened; nothing is thrown for what cannot. */
export function openEach(addresses: readonly Address[], chooser: UdpIoChooser): Opened {
  const open: OpenAddress[] = [];
  const failed: FailedAddress[] = [];
  for (const address of addresses) {
    try {
      open.push(openAddress(address, chooser));
    } catch (error) {
      if (!(error instanceof BindError || error instanceof ConfigError)) throw error;
      failed.push({ address, reason: error });
    }
  }
  return { open, failed };
}

/** The same, but throws the first reason that is none of a missing address, and then nothing is left open. */
export function openOrRefuse(addresses: readonly Address[], chooser: UdpIoChooser): Opened {
  const opened = openEach(addresses, chooser);
  const wrong = opened.failed.find(({ reason }) => !isAwaitable(reason));
  if (wrong === undefined) return opened;
  for (const { socket, tcp } of opened.open) {
    socket?.close();
    tcp?.close();
  }
  throw wrong.reason;
}

/** Whether an address may come, so that it is worth waiting for it. */
export function isAwaitable(reason: Error): boolean {
  return reason instanceof BindError && reason.isMissing;
}

/** Throws `BindError` or `ConfigError`. */
function openAddress(address: Address, chooser: UdpIoChooser): OpenAddress {
  // It was not replaced by addresses: the machine has none of its family.
  if (isWildcard(address.hostname)) throw noneOf(address);
  const { tcp, udp } = bind(address);
  try {
    // One more peer than clients wait: that of a reply which is sent at once.
    const socket = chooser.open(udp, Limit.IN_FLIGHT + 1, zoneOf(address.hostname));
    return { wanted: address, tcp, socket };
  } catch (error) {
    tcp.close();
    udp.close();
    throw error;
  }
}

/** Says of a wildcard that it stands for nothing now. */
export function noneOf(address: Address): BindError {
  const family = address.hostname.includes(":") ? "IPv6" : "IPv4";
  const text = `Cannot listen on ${formatAddress(address)}: this machine has no ${family} address`;
  return new BindError(text, { isMissing: true });
}
