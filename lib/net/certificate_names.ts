/**
 * Whom a certificate is for (RFC 9525, 6). Read from its octets, as the runtime's `checkHost()` (Deno 2.9.6)
 * knows no wildcards, and takes the common name of the subject for one although there are others.
 */

import type { X509Certificate } from "node:crypto";
import { isIpAddress } from "./address.ts";
import { alternativeNames } from "./certificate_rules.ts";
import { elements, inside, Tag } from "./der.ts";

/** The tag of a dNSName (RFC 5280, 4.2.1.6). */
const DNS_NAME = 0x82;
/** A wildcard that stands for a label below a top-level domain is nobody's. */
const MIN_WILDCARD_LABELS = 3;

/**
 * Whether `certificate` is for `serverName`, a name without a dot at its end, or an address. Names count only
 * where names stand, and addresses where addresses stand; the subject is neither (RFC 8310, 8.1). Throws
 * `RangeError` for a certificate that is malformed.
 */
export function isFor(certificate: X509Certificate, serverName: string): boolean {
  if (isIpAddress(serverName)) return certificate.checkIP(serverName) !== undefined;
  const wanted = serverName.toLowerCase();
  return dnsNames(certificate).some((name) => matches(name, wanted));
}

/** In lower case, one character for each octet. */
function dnsNames(certificate: X509Certificate): string[] {
  const extension = alternativeNames(certificate);
  if (extension === undefined) return [];
  const [list] = elements(extension);
  const names = inside(list, Tag.SEQUENCE).filter(({ tag }) => tag === DNS_NAME);
  return names.map(({ content }) => String.fromCharCode(...content).toLowerCase());
}

/** A wildcard is the whole first label, and stands for one label (RFC 9525, 6.3). */
function matches(presented: string, wanted: string): boolean {
  if (!presented.startsWith("*.")) return presented === wanted;
  const dot = wanted.indexOf(".");
  const isBroad = presented.split(".").length < MIN_WILDCARD_LABELS;
  return dot > 0 && !isBroad && presented.slice(1) === wanted.slice(dot);
}
