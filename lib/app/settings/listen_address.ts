/** The addresses to listen on: parsing them, and turning wildcards into the machine's addresses. */

import {
  type Address,
  DNS_PORT,
  ipv6Groups,
  isIpAddress,
  isIpv4,
  isWildcard,
  parsePort,
  splitHostPort,
} from "../../net/address.ts";
import { ConfigError } from "./config_error.ts";

/** `ADDR[:PORT]`; port 0 asks for any free one. Throws `ConfigError`. */
export function parseListen(text: string): Address {
  const { host, port } = splitHostPort(text);
  if (!isIpAddress(host)) {
    const allowed = "expected ADDR[:PORT] with an IPv4 address or an IPv6 address in brackets";
    throw new ConfigError("--listen", text, allowed);
  }
  const number = port === undefined ? DNS_PORT : parsePort(port);
  if (number === undefined) {
    throw new ConfigError("--listen", text, `port "${port}" is not a number from 0 to 65535`);
  }
  return { hostname: host, port: number };
}

/** One entry of `Deno.networkInterfaces()`, as far as it matters here. */
export interface InterfaceAddress {
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
  readonly cidr: string;
}

/**
 * Replaces wildcards by the addresses of the machine, since a reply has to leave from the address that
 * was asked and one socket cannot know it (RFC 2181, 4.1). Link-local addresses are left out: they need
 * an interface to go with them. Equal addresses are listed once.
 */
export function expandWildcards(
  addresses: readonly Address[],
  interfaces: readonly InterfaceAddress[],
): Address[] {
  const expanded = addresses.flatMap((address) => {
    if (!isWildcard(address.hostname)) return [address];
    const family = isIpv4(address.hostname) ? "IPv4" : "IPv6";
    return interfaces
      .filter((each) => each.family === family && !isLinkLocal(each.address))
      .map((each) => ({ hostname: each.address, port: address.port }));
  });
  return expanded.filter((address, index) =>
    address.port === 0 || expanded.findIndex((other) => isSame(other, address)) === index
  );
}

function isSame(one: Address, other: Address): boolean {
  return one.hostname === other.hostname && one.port === other.port;
}

/** Whether the address is good on one link only (RFC 4291, 2.5.6). */
export function isLinkLocal(address: string): boolean {
  const first = isIpv4(address) ? 0 : (ipv6Groups(address.split("%")[0]) ?? [0])[0];
  return (first & 0xffc0) === 0xfe80;
}
