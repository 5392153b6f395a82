/** A response as `dig` prints it. */

import { fullRcode } from "../../dns/edns.ts";
import { Count, Flag, flags, HEADER_LENGTH, messageId, opcode, uint16 } from "../../dns/header.ts";
import { nameEnd } from "../../dns/name.ts";
import { RecordType } from "../../dns/question.ts";
import { rcodeName } from "../../dns/rcode_name.ts";
import { RECORD_FIXED_LENGTH, recordEnd, Sections } from "../../dns/sections.ts";
import { ednsLines } from "./edns_text.ts";
import { nameText } from "./name_text.ts";
import { rdataText } from "./rdata_text.ts";
import { typeName } from "./rrtype.ts";

const OPCODES = ["QUERY", "IQUERY", "STATUS", "RESERVED3", "NOTIFY", "UPDATE"];
const FLAG_NAMES = ["QR", "AA", "TC", "RD", "RA", "AD", "CD"] as const;
const CLASSES: Readonly<Record<number, string>> = { 1: "IN", 3: "CH", 4: "HS", 255: "ANY" };

/** The name of the response code of a message, with the bits of its OPT record at `opt`, or -1. */
export function statusText(message: Uint8Array, opt: number): string {
  return rcodeName(fullRcode(message, opt));
}

/** All of a message but its size and time; undefined if it is malformed. */
export function messageText(message: Uint8Array): string | undefined {
  const sections = new Sections();
  if (message.length < HEADER_LENGTH || !sections.read(message)) return undefined;
  const { questionEnd, answerEnd, authorityEnd, end, opt, optEnd } = sections;
  return [
    headerText(message, opt),
    ...section("OPT PSEUDO", opt < 0 ? [] : ednsLines(message, opt, optEnd)),
    ...section("QUESTION ", questionLines(message, questionEnd)),
    ...section("ANSWER ", recordLines(message, questionEnd, answerEnd)),
    ...section("AUTHORITY ", recordLines(message, answerEnd, authorityEnd)),
    ...section("ADDITIONAL ", recordLines(message, authorityEnd, end)),
  ].join("\n");
}

function headerText(message: Uint8Array, opt: number): string {
  const set = FLAG_NAMES.filter((name) => (flags(message) & Flag[name]) !== 0);
  const counts = Object.entries(Count).map(([name, at]) =>
    `${name.replace("QUESTION", "QUERY")}: ${uint16(message, at)}`
  );
  const kind = OPCODES[opcode(message)] ?? `RESERVED${opcode(message)}`;
  const status = statusText(message, opt);
  const id = messageId(message);
  return `;; ->>HEADER<<- opcode: ${kind}, status: ${status}, id: ${id}\n` +
    `;; flags: ${set.join(" ").toLowerCase()}; ${counts.join(", ")}\n`;
}

function section(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`;; ${name}SECTION:`, ...lines, ""];
}

function questionLines(message: Uint8Array, end: number): string[] {
  if (end === HEADER_LENGTH) return [];
  const name = column(`;${nameText(message, HEADER_LENGTH)}`, 32);
  return [`${name}${className(uint16(message, end - 2))}\t${typeName(uint16(message, end - 4))}`];
}

function recordLines(message: Uint8Array, start: number, end: number): string[] {
  const lines: string[] = [];
  for (let at = start; at < end; at = recordEnd(message, at)) {
    const fixed = nameEnd(message, at);
    if (uint16(message, fixed) !== RecordType.OPT) lines.push(recordText(message, at, fixed));
  }
  return lines;
}

/** The record that begins at `start` and whose name ends at `fixed`. */
function recordText(message: Uint8Array, start: number, fixed: number): string {
  const type = uint16(message, fixed);
  const ttl = uint16(message, fixed + 4) * 0x10000 + uint16(message, fixed + 6);
  const name = column(`${nameText(message, start)}`, 24);
  const end = recordEnd(message, start);
  const data = rdataText(message, type, fixed + RECORD_FIXED_LENGTH, end);
  return `${name}${ttl}\t${className(uint16(message, fixed + 2))}\t${typeName(type)}\t${data}`;
}

function className(number: number): string {
  return CLASSES[number] ?? `CLASS${number}`;
}

/** Tabs up to a column of 8, at least one. */
function column(text: string, width: number): string {
  return text + "\t".repeat(Math.max(1, Math.ceil((width - text.length) / 8)));
}
