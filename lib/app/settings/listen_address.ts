/** The addresses to listen on: parsing them, and turning wildcards into the machine's addresses. */

import {
  type Address,
  DNS_PORT,
  isIpAddress,
  isIpv4,
  isLinkLocal,
  isSameAddress,
  isWildcard,
  parsePort,
  withoutZone,
  zoneOf,
} from "../../net/address.ts";
import { ConfigError } from "./config_error.ts";
import { splitAddress } from "./written_address.ts";

/** Where resolvers are put beside another one. */
const USUAL_PORTS: readonly string[] = ["1053", "5053", "5335", "5354"];

/** `ADDR[:PORT]`; port 0 asks for any free one. Throws `ConfigError`. */
export function parseListen(text: string): Address {
  const { host, port } = splitAddress("--listen", text, text, USUAL_PORTS);
  if (!isIpAddress(host)) {
    const allowed = "expected ADDR[:PORT] with an IPv4 address or an IPv6 address in brackets";
    throw new ConfigError("--listen", text, allowed);
  }
  checkZone("--listen", text, host);
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
  /** The name of the interface. */
  readonly name: string;
  /** The number of the interface for a link-local address, else 0 or null. */
  readonly scopeid?: number | null;
}

/**
 * Replaces wildcards by the addresses of the machine, since a reply has to leave from the address that
 * was asked and one socket cannot know it (RFC 2181, 4.1). Link-local addresses come with the zone of their
 * interface (RFC 4007, 11). A wildcard stays where the machine has no address of its family. Equal addresses
 * are listed once.
 */
export function expandWildcards(
  addresses: readonly Address[],
  interfaces: readonly InterfaceAddress[],
): Address[] {
  const expanded = addresses.flatMap((address) => {
    if (!isWildcard(address.hostname)) return [address];
    const family = isIpv4(address.hostname) ? "IPv4" : "IPv6";
    const found = interfaces.filter((each) => each.family === family);
    if (found.length === 0) return [address];
    return found.map((each) => ({ hostname: hostOf(each), port: address.port }));
  });
  return expanded.filter((address, index) =>
    address.port === 0 || expanded.findIndex((other) => isSameAddress(other, address)) === index
  );
}

/** The address as it is listened on. */
function hostOf({ address, name }: InterfaceAddress): string {
  return isLinkLocal(address) ? `${withoutZone(address)}%${name}` : address;
}

/** `%25` for `%`, as in URIs of other programs (RFC 6874), before the name of an interface. */
const ENCODED_ZONE = /^25(?=[a-z])/i;

/** Throws `ConfigError` for a link-local address of which nobody says on which link it is. */
export function checkZone(option: string, text: string, hostname: string): void {
  if (ENCODED_ZONE.test(zoneOf(hostname))) {
    const meant = text.replace("%25", "%");
    const allowed = `did you mean ${meant}? the name of the interface stands right behind %`;
    throw new ConfigError(option, text, allowed);
  }
  if (!isLinkLocal(hostname) || zoneOf(hostname) !== "") return;
  const allowed = "a link-local address needs the name of its interface, as in " +
    `[${hostname}%eth0]`;
  throw new ConfigError(option, text, allowed);
}
