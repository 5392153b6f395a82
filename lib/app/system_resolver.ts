/** Whom the system asks for names: if that is this program, it cannot ask for its upstream's name. */

import { type Address, canonicalHost, DNS_PORT, isAskedAt, zoneOf } from "../net/address.ts";

const FILE = "/etc/resolv.conf";
/** Whom the system asks where the file names nobody, or is not there (resolv.conf(5)). */
const DEFAULT = "127.0.0.1";
/** The system takes no more of them (MAXNS). */
const MAX_RESOLVERS = 3;
const MAX_PART = 256;

/** Whether a resolver named in `text`, of the form of resolv.conf(5), is one of `addresses`. */
export function namesOneOf(text: string, addresses: readonly Address[]): boolean {
  return ownResolver(text, addresses) !== undefined;
}

/** What of the system's resolvers is one of `addresses`, in words for a person; undefined: none that is known. */
export function ownSystemResolver(addresses: readonly Address[]): string | undefined {
  const own = ownResolver(readFile(), addresses);
  if (own === undefined) return undefined;
  return own === ""
    ? `${FILE} names no resolver, which means ${DEFAULT}`
    : `nameserver ${own} in ${FILE}`;
}

/** The resolver in `text` that is one of `addresses`, as it is written; empty: none is written. */
function ownResolver(text: string | undefined, addresses: readonly Address[]): string | undefined {
  if (text === undefined) return undefined;
  const written = Array.from(text.matchAll(/^\s*nameserver\s+(\S+)/gm), ([, host]) => host);
  if (written.length === 0) return isOwn(DEFAULT, addresses) ? "" : undefined;
  return written.slice(0, MAX_RESOLVERS).find((host) => isOwn(host, addresses));
}

function isOwn(host: string, addresses: readonly Address[]): boolean {
  const zone = zoneOf(host);
  const number = host.includes(":") ? undefined : ipv4Number(host);
  const canonical = canonicalHost(host);
  const hostname = number === undefined ? canonical : ipv4Text(number);
  const resolver = { hostname: zone === "" ? hostname : `${hostname}%${zone}`, port: DNS_PORT };
  return addresses.some((each) => isAskedAt(each, resolver));
}

/** The address that the system reads (inet_aton(3)): fewer than four parts, hexadecimal and octal too. */
function ipv4Number(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length > 4 || !parts.every((part) => /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.test(part))) {
    return undefined;
  }
  const numbers = parts.map((part) => /^0[0-7]+$/.test(part) ? parseInt(part, 8) : Number(part));
  const last = numbers.pop() ?? 0;
  if (numbers.some((part) => part >= MAX_PART) || last >= MAX_PART ** (4 - numbers.length)) {
    return undefined;
  }
  return numbers.reduce((sum, part, at) => sum + part * MAX_PART ** (3 - at), last);
}

function ipv4Text(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join(".");
}

/** Undefined where it may not be read; empty where it is not there. */
function readFile(): string | undefined {
  try {
    return Deno.readTextFileSync(FILE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    const { NotCapable, PermissionDenied } = Deno.errors;
    if (error instanceof NotCapable || error instanceof PermissionDenied) return undefined;
    throw error;
  }
}
