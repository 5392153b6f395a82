/** How much of a client's address is told. */

import { formatIpv6, ipv6Groups, isIpv4 } from "../../net/address.ts";

/** The address; the network that it is in; nothing. */
export const CLIENT_DETAILS = ["full", "prefix", "none"] as const;
export type ClientDetail = typeof CLIENT_DETAILS[number];

/** Of an IPv4 address what comes before the last octet stays, of an IPv6 address what a site has. */
const IPV4_PREFIX = 24;
const IPV6_PREFIX = 48;
const GROUPS = 8;
const GROUP_BITS = 16;
/** An IPv4 address in the form of IPv6 (RFC 4291, 2.5.5.2) begins with so many bits. */
const MAPPED = 96;
const MAPPED_MARK = 0xffff;

/** What is told of the client `host`; undefined: nothing. */
export function clientText(host: string, detail: ClientDetail): string | undefined {
  if (detail === "none") return undefined;
  return detail === "full" ? host : networkOf(host);
}

/** The network, as `192.0.2.0/24` or `2001:db8:1::/48`. */
function networkOf(host: string): string {
  const [address] = host.split("%");
  if (isIpv4(address)) return `${address.replace(/\d+$/, "0")}/${IPV4_PREFIX}`;
  const groups = ipv6Groups(address) ?? [];
  const isMapped = groups.slice(0, 5).every((each) => each === 0) && groups[5] === MAPPED_MARK;
  const length = isMapped ? MAPPED + IPV4_PREFIX : IPV6_PREFIX;
  const masked = Array.from(
    { length: GROUPS },
    (_, at) => (groups[at] ?? 0) & maskOf(length - at * GROUP_BITS),
  );
  return `${formatIpv6(masked)}/${length}`;
}

/** The mask of a group of which the first `bits` stay. */
function maskOf(bits: number): number {
  const kept = Math.max(0, Math.min(GROUP_BITS, bits));
  return (0xffff << (GROUP_BITS - kept)) & 0xffff;
}
