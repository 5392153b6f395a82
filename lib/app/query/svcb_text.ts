/** RDATA of SVCB and HTTPS as zone files have it (RFC 9460, 2.1; keys of RFC 9461 as well). */

import { uint16 } from "../../dns/header.ts";
import { nameEnd } from "../../dns/name.ts";
import { formatIpv6 } from "../../net/address.ts";
import { nameText, octetText } from "./name_text.ts";

/** The keys by number (RFC 9460, 14.3.2; RFC 9461, 6; RFC 9540, 4). */
const KEYS = [
  "mandatory",
  "alpn",
  "no-default-alpn",
  "port",
  "ipv4hint",
  "ech",
  "ipv6hint",
  "dohpath",
  "ohttp",
];

/** The RDATA from `rdata` to the end of `octets`; undefined if it is malformed. */
export function svcbText(octets: Uint8Array, rdata: number): string | undefined {
  const target = nameText(octets, rdata + 2);
  if (target === undefined) return undefined;
  const parts = [`${uint16(octets, rdata)}`, target];
  let at = nameEnd(octets, rdata + 2);
  while (at + 4 <= octets.length) {
    const key = uint16(octets, at);
    const end = at + 4 + uint16(octets, at + 2);
    if (end > octets.length) return undefined;
    const text = parameterText(key, octets.subarray(at + 4, end));
    if (text === undefined) return undefined;
    parts.push(text);
    at = end;
  }
  return at === octets.length ? parts.join(" ") : undefined;
}

function parameterText(key: number, value: Uint8Array): string | undefined {
  const name = keyName(key);
  if (value.length === 0) return name;
  const text = valueText(name, value);
  return text === undefined ? undefined : `${name}=${text}`;
}

function keyName(key: number): string {
  return KEYS[key] ?? `key${key}`;
}

function valueText(name: string, value: Uint8Array): string | undefined {
  switch (name) {
    case "mandatory":
      return list(value, 2, (at) => keyName(uint16(value, at)));
    case "alpn":
      return alpnText(value);
    case "port":
      return value.length === 2 ? `${uint16(value, 0)}` : undefined;
    case "ipv4hint":
      return list(value, 4, (at) => value.subarray(at, at + 4).join("."));
    case "ipv6hint":
      return list(
        value,
        16,
        (at) => formatIpv6(Array.from({ length: 8 }, (_, group) => uint16(value, at + 2 * group))),
      );
    case "ech":
      return value.toBase64();
    default:
      return `"${text(value)}"`;
  }
}

/** Values of `size` octets each, with commas between them. */
function list(
  value: Uint8Array,
  size: number,
  format: (at: number) => string,
): string | undefined {
  if (value.length % size !== 0) return undefined;
  return Array.from({ length: value.length / size }, (_, index) => format(index * size)).join(",");
}

/** Identifiers with a length octet each (RFC 9460, 7.1.1); commas within them are written `\\,`. */
function alpnText(value: Uint8Array): string | undefined {
  const identifiers: string[] = [];
  let at = 0;
  while (at < value.length) {
    const end = at + 1 + value[at];
    if (end > value.length) return undefined;
    identifiers.push(text(value.subarray(at + 1, end)).replaceAll(",", "\\\\,"));
    at = end;
  }
  return `"${identifiers.join(",")}"`;
}

function text(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet === 0x20 ? " " : octetText(octet, '"\\')).join("");
}
