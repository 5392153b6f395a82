/**
 * RDATA as zone files have it. The package decodes; what it does not know, or finds malformed, is
 * written in the form for unknown types, `\# 4 c0000201` (RFC 3597, 5).
 *
 * Names in the types of RFC 1035 and in SRV are read here, as the package takes their octets for UTF-8
 * and leaves dots within labels as they are.
 */

import { Buffer } from "node:buffer";
import packet from "dns-packet";
import types from "dns-packet/types";
import { uint16 } from "../../dns/header.ts";
import { nameEnd } from "../../dns/name.ts";
import { printable } from "../printable.ts";
import { nameText, octetText } from "./name_text.ts";
import { svcbText } from "./svcb_text.ts";
import { genericName, typeName } from "./rrtype.ts";

// deno-lint-ignore no-explicit-any
type Decoded = any;

/** RDATA of these types: so many numbers of 16 bits, then names, then so many numbers of 32 bits. */
const WITH_NAMES: Readonly<Record<string, readonly [number, number, number]>> = {
  NS: [0, 1, 0],
  CNAME: [0, 1, 0],
  PTR: [0, 1, 0],
  DNAME: [0, 1, 0],
  SOA: [0, 2, 5],
  MX: [1, 1, 0],
  SRV: [3, 1, 0],
};

/** What the package decodes, as text. */
const FORMS: Readonly<Record<string, (data: Decoded) => string>> = {
  A: String,
  AAAA: String,
  TXT: (data) => data.map((text: Uint8Array) => quoted(text)).join(" "),
  CAA: ({ flags, tag, value }) => `${flags} ${printable(tag)} "${escaped(value)}"`,
  HINFO: ({ cpu, os }) => `"${escaped(cpu)}" "${escaped(os)}"`,
  NAPTR: (data) =>
    `${data.order} ${data.preference} "${escaped(data.flags)}" "${escaped(data.services)}" ` +
    `"${escaped(data.regexp)}" ${fullName(data.replacement)}`,
  DS: (data) => `${data.keyTag} ${data.algorithm} ${data.digestType} ${hex(data.digest)}`,
  DNSKEY: (data) => `${data.flags} 3 ${data.algorithm} ${data.key.toString("base64")}`,
  RRSIG: (data) =>
    `${genericName(data.typeCovered)} ${data.algorithm} ${data.labels} ${data.originalTTL} ` +
    `${time(data.expiration)} ${time(data.inception)} ${data.keyTag} ` +
    `${fullName(data.signersName)} ${data.signature.toString("base64")}`,
  NSEC: (data) => [fullName(data.nextDomain), ...data.rrtypes.map(nameOfType)].join(" "),
  NSEC3: (data) =>
    [
      `${data.algorithm} ${data.flags} ${data.iterations}`,
      data.salt.length > 0 ? hex(data.salt) : "-",
      base32Hex(data.nextDomain),
      ...data.rrtypes.map(nameOfType),
    ].join(" "),
  TLSA: (data) => `${data.usage} ${data.selector} ${data.matchingType} ${hex(data.certificate)}`,
  SSHFP: (data) => `${data.algorithm} ${data.hash} ${data.fingerprint}`,
};

/** The text of the RDATA at `rdata`, which ends at `end`. */
export function rdataText(
  message: Uint8Array,
  type: number,
  rdata: number,
  end: number,
): string {
  const known = knownText(message.subarray(0, end), typeName(type), rdata);
  return known ?? unknownText(message.subarray(rdata, end));
}

function knownText(octets: Uint8Array, name: string, rdata: number): string | undefined {
  if (name === "SVCB" || name === "HTTPS") return svcbText(octets, rdata);
  if (name in WITH_NAMES) return textWithNames(octets, rdata, WITH_NAMES[name]);
  return name in FORMS ? decodedText(octets, name, rdata) : undefined;
}

function decodedText(octets: Uint8Array, name: string, rdata: number): string | undefined {
  const { decode } = packet.record(name);
  const start = rdata - 2;
  try {
    const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    const data = decode(buffer, start);
    return start + decode.bytes === octets.length ? FORMS[name](data) : undefined;
  } catch {
    return undefined;
  }
}

function textWithNames(
  octets: Uint8Array,
  rdata: number,
  [shorts, names, longs]: readonly [number, number, number],
): string | undefined {
  const parts: (string | number)[] = [];
  let at = rdata;
  for (let count = 0; count < shorts; count++, at += 2) parts.push(uint16(octets, at));
  for (let count = 0; count < names; count++) {
    const text = nameText(octets, at);
    if (text === undefined) return undefined;
    parts.push(text);
    at = nameEnd(octets, at);
  }
  for (let count = 0; count < longs; count++, at += 4) {
    parts.push(uint16(octets, at) * 0x10000 + uint16(octets, at + 2));
  }
  return at === octets.length ? parts.join(" ") : undefined;
}

function unknownText(data: Uint8Array): string {
  return data.length === 0 ? "\\# 0" : `\\# ${data.length} ${hex(data)}`;
}

/** A character string of a zone file (RFC 1035, 5.1). */
function quoted(octets: Uint8Array): string {
  return `"${Array.from(octets, stringOctet).join("")}"`;
}

function stringOctet(octet: number): string {
  return octet === 0x20 ? " " : octetText(octet, '"\\');
}

function escaped(text: string): string {
  return Array.from(new TextEncoder().encode(text), stringOctet).join("");
}

function fullName(name: string): string {
  return name === "" || name === "." ? "." : `${escaped(name).replaceAll(" ", "\\032")}.`;
}

function nameOfType(name: string): string {
  return typeName(types.toType(name));
}

function hex(octets: Uint8Array): string {
  return octets.toHex().toUpperCase();
}

/** Seconds since 1970, of which the highest bits may be missing (RFC 4034, 3.1.5), as YYYYMMDDHHmmSS. */
function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\D/g, "").slice(0, 14);
}

/** RFC 4648, 7, without padding. */
function base32Hex(octets: Uint8Array): string {
  const bits = Array.from(octets, (octet) => octet.toString(2).padStart(8, "0")).join("");
  const digits = bits.match(/.{1,5}/g) ?? [];
  return digits.map((five) => parseInt(five.padEnd(5, "0"), 2).toString(32)).join("").toUpperCase();
}
