/** Addresses of sockets: parsing what people write, and writing them as people read them. */

/** Where DNS in the clear is served (RFC 1035, 4.2). */
export const DNS_PORT = 53;

/** Linux has names of 15 octets, which it wants no spaces in. */
const ZONE = /^[\x21-\x7e]{1,15}$/;

/** Texts of IPv6 addresses that were made canonical lately: where there are many, each is compared with all. */
const MAX_CANONICAL = 1024;
const canonical = new Map<string, string>();

export interface Address {
  /** An IPv4 or IPv6 address without brackets. */
  readonly hostname: string;
  readonly port: number;
}

export function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part < 256);
}

/** With or without a zone (RFC 4007, 11), which is the name or number of an interface. */
export function isIpv6(text: string): boolean {
  const [address, ...zones] = text.split("%");
  return address.includes(":") && zones.length < 2 && zones.every((zone) => ZONE.test(zone)) &&
    ipv6Groups(address) !== undefined;
}

/** The zone of an IPv6 address (RFC 4007, 11) without its "%"; empty without one. */
export function zoneOf(hostname: string): string {
  const at = hostname.indexOf("%");
  return at < 0 ? "" : hostname.slice(at + 1);
}

export function withoutZone(hostname: string): string {
  return hostname.split("%", 1)[0];
}

/**
 * One text for all spellings of an address, without its zone: an IPv4 address within IPv6 becomes that of IPv4,
 * zeros and upper case do not matter. What is no address stays as it is.
 */
export function canonicalHost(hostname: string): string {
  if (!hostname.includes(":")) return hostname;
  const known = canonical.get(hostname);
  if (known !== undefined) return known;
  if (canonical.size >= MAX_CANONICAL) canonical.clear();
  const found = makeCanonical(hostname);
  canonical.set(hostname, found);
  return found;
}

function makeCanonical(hostname: string): string {
  const address = withoutZone(hostname);
  const groups = address.includes(":") ? ipv6Groups(address) : undefined;
  return groups === undefined ? address : formatIpv6(groups).replace(/^::ffff:(?=.*\.)/, "");
}

/** Whether the address is good on one link only, and needs a zone (RFC 4291, 2.5.6). */
export function isLinkLocal(hostname: string): boolean {
  const first = isIpv4(hostname) ? 0 : (ipv6Groups(withoutZone(hostname)) ?? [0])[0];
  return (first & 0xffc0) === 0xfe80;
}

export function isIpAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

/** The eight groups of an IPv6 address without zone, or undefined if it is none (RFC 4291, 2.2). */
export function ipv6Groups(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = [parseGroups(halves[0]), parseGroups(halves[1] ?? "")];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...new Array(missing).fill(0), ...tail];
}

function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && isIpv4(part)) {
      const [a, b, c, d] = part.split(".").map(Number);
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** The port in `text`, or undefined if it is none (0 asks for any free port where that makes sense). */
export function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && +text <= 65_535 ? +text : undefined;
}

/** Splits `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`; a bare IPv6 address has no port. */
export function splitHostPort(text: string): { host: string; port?: string } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) return { host: bracketed[1], port: bracketed[2] };
  if (isIpv6(text)) return { host: text };
  const colon = text.lastIndexOf(":");
  return colon < 0 ? { host: text } : { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

/** Where DNS is served, in the clear, over HTTPS and over TLS, by the standards or by habit. */
const USUAL_PORTS: readonly string[] = ["53", "443", "853", "5300", "5353", "8853"];

/**
 * The address and port that the writer of an IPv6 address without brackets may have meant: its last group is
 * a port on which DNS is often served, or one of `ports`, or a number stands behind its zone. Undefined for any
 * other text.
 */
export function meantAsPort(text: string, ports: readonly string[] = []): Address | undefined {
  if (!isIpv6(text)) return undefined;
  const [address, zone] = text.split("%");
  const [, inZone, afterZone] = /^(.+):(\d{1,5})$/.exec(zone ?? "") ?? [];
  if (afterZone !== undefined) return { hostname: `${address}%${inZone}`, port: +afterZone };
  const [, before, last] = /^(.*):(\d+)$/.exec(address) ?? [];
  if (![...USUAL_PORTS, ...ports].includes(last)) return undefined;
  // Of `::53`, the colons belong to the address.
  const hostname = before.endsWith(":") ? `${before}:` : before;
  if (ipv6Groups(hostname) === undefined) return undefined;
  return { hostname: zone === undefined ? hostname : `${hostname}%${zone}`, port: +last };
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function formatAddress(address: Address): string {
  const { hostname, port } = address;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** The text of eight groups (RFC 5952), as the runtime writes it. */
export function formatIpv6(groups: readonly number[]): string {
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) {
    const [high, low] = groups.slice(6);
    return `::ffff:${high >>> 8}.${high & 0xff}.${low >>> 8}.${low & 0xff}`;
  }
  const text = groups.map((group) => group.toString(16)).join(":");
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** Whether the address is that of this machine to itself: 127.0.0.0/8 or ::1. */
export function isLoopback(hostname: string): boolean {
  const host = canonicalHost(hostname);
  return isIpv4(host) ? host.startsWith("127.") : host === "::1";
}

export function isWildcard(hostname: string): boolean {
  return hostname === "0.0.0.0" ||
    (isIpv6(hostname) && (ipv6Groups(hostname) ?? [1]).every((g) => g === 0));
}

/** Whether both have the same port, and the same address in whatever spelling, on the same link. */
export function isSameAddress(one: Address, other: Address): boolean {
  return one.port === other.port && canonicalHost(one.hostname) === canonicalHost(other.hostname) &&
    isSameZone(zoneOf(one.hostname), zoneOf(other.hostname));
}

/**
 * Whether a socket at `listening` gets what is sent to `destination`. A wildcard as a destination means this
 * machine, and one that is listened on by a single socket takes all of loopback; `::` takes IPv4 as well.
 */
export function isAskedAt(listening: Address, destination: Address): boolean {
  if (listening.port !== destination.port || listening.port === 0) return false;
  const asked = { ...destination, hostname: hostAsked(destination.hostname) };
  if (isSameAddress(listening, asked)) return true;
  if (!isWildcard(listening.hostname) || !isLoopback(asked.hostname)) return false;
  return !isIpv4(listening.hostname) || isIpv4(asked.hostname);
}

function hostAsked(hostname: string): string {
  const canonical = canonicalHost(hostname);
  if (isWildcard(canonical)) return isIpv4(canonical) ? "127.0.0.1" : "::1";
  const zone = zoneOf(hostname);
  return zone === "" ? canonical : `${canonical}%${zone}`;
}

/** The number of the interface that a zone names or is, 0 if there is none now. */
export function zoneNumber(zone: string): number {
  if (/^\d+$/.test(zone)) return +zone;
  const found = Deno.networkInterfaces().find(({ name, scopeid }) => name === zone && scopeid);
  return found?.scopeid ?? 0;
}

function isSameZone(one: string, other: string): boolean {
  return one === other || (one !== "" && other !== "" && zoneNumber(one) === zoneNumber(other));
}
