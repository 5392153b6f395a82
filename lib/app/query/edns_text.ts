/** The OPT record of a response, in the lines that `dig` has for it (RFC 6891). */

import {
  findOption,
  OPT_LENGTH,
  OPTION_HEADER_LENGTH,
  OptionCode,
  optIsDnssecOk,
  optPayloadSize,
  optVersion,
} from "../../dns/edns.ts";
import { uint16 } from "../../dns/header.ts";
import { Sections } from "../../dns/sections.ts";
import { printable } from "../printable.ts";

/** Purposes of the extended errors by number (RFC 8914, 5.2, and the IANA registry). */
const EXTENDED_ERRORS = [
  "Other",
  "Unsupported DNSKEY Algorithm",
  "Unsupported DS Digest Type",
  "Stale Answer",
  "Forged Answer",
  "DNSSEC Indeterminate",
  "DNSSEC Bogus",
  "Signature Expired",
  "Signature Not Yet Valid",
  "DNSKEY Missing",
  "RRSIGs Missing",
  "No Zone Key Bit Set",
  "NSEC Missing",
  "Cached Error",
  "Not Ready",
  "Blocked",
  "Censored",
  "Filtered",
  "Prohibited",
  "Stale NXDOMAIN Answer",
  "Not Authoritative",
  "Not Supported",
  "No Reachable Authority",
  "Network Error",
  "Invalid Data",
  "Signature Expired before Valid",
  "Too Early",
  "Unsupported NSEC3 Iterations Value",
  "Unable to conform to policy",
  "Synthesized",
  "Invalid Query Type",
];

const NSID = 3;

/** The texts of the extended errors of a whole message; those that have one. */
export function extendedErrorTexts(message: Uint8Array): string[] {
  const sections = new Sections();
  if (!sections.read(message) || sections.opt < 0) return [];
  const texts: string[] = [];
  const from = (at: number) => findOption(message, at, sections.optEnd, OptionCode.EXTENDED_ERROR);
  for (let at = from(sections.opt + OPT_LENGTH); at >= 0;) {
    const next = at + OPTION_HEADER_LENGTH + uint16(message, at + 2);
    const text = new TextDecoder().decode(message.subarray(at + OPTION_HEADER_LENGTH + 2, next));
    if (text !== "") texts.push(printable(text));
    at = from(next);
  }
  return texts;
}

/** The lines for the OPT record at `opt`, which ends at `end`. */
export function ednsLines(message: Uint8Array, opt: number, end: number): string[] {
  const flags = optIsDnssecOk(message, opt) ? "flags: do" : "flags:";
  const version = optVersion(message, opt);
  const lines = [`; EDNS: version: ${version}, ${flags}; udp: ${optPayloadSize(message, opt)}`];
  let at = opt + OPT_LENGTH;
  while (at + OPTION_HEADER_LENGTH <= end) {
    const data = at + OPTION_HEADER_LENGTH;
    const next = data + uint16(message, at + 2);
    if (next > end) return [...lines, "; The options run over the end of the record"];
    lines.push(`; ${optionText(uint16(message, at), message.subarray(data, next))}`);
    at = next;
  }
  return lines;
}

/** The purpose of an extended error, or its number where that has no name here. */
export function extendedErrorName(code: number): string {
  return EXTENDED_ERRORS[code] ?? `extended error ${code}`;
}

/** The data of the first option with this code, a view; undefined without one. */
export function optionData(
  message: Uint8Array,
  opt: number,
  end: number,
  code: number,
): Uint8Array | undefined {
  const at = opt < 0 ? -1 : findOption(message, opt + OPT_LENGTH, end, code);
  if (at < 0) return undefined;
  const data = at + OPTION_HEADER_LENGTH;
  return message.subarray(data, data + uint16(message, at + 2));
}

function optionText(code: number, data: Uint8Array): string {
  if (code === OptionCode.EXTENDED_ERROR && data.length >= 2) return extendedErrorText(data);
  if (code === OptionCode.PADDING) return `PAD: ${data.length} octets`;
  if (code === OptionCode.KEEPALIVE && data.length === 2) {
    return `TCP KEEPALIVE: ${(uint16(data, 0) / 10).toFixed(1)} secs`;
  }
  if (code === NSID) return `NSID: ${data.toHex()} ("${latin(data)}")`;
  return data.length === 0 ? `OPT=${code}` : `OPT=${code}: ${data.toHex()}`;
}

function extendedErrorText(data: Uint8Array): string {
  const code = uint16(data, 0);
  const purpose = code in EXTENDED_ERRORS ? ` (${EXTENDED_ERRORS[code]})` : "";
  // Some servers end the text with a NUL (RFC 8914, 2: it must not be counted on).
  const text = new TextDecoder().decode(data.subarray(2)).replace(/\0+$/, "");
  return `EDE: ${code}${purpose}${text === "" ? "" : `: (${printable(text)})`}`;
}

function latin(data: Uint8Array): string {
  return printable(String.fromCharCode(...data));
}
