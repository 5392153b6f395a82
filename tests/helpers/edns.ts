/** EDNS (RFC 6891) and extended errors (RFC 8914) as the tests build and read them. */

import { OctetReader, OctetWriter } from "./octets.ts";
import type { RecordInput } from "./message.ts";

export const OPTION = {
  NSID: 3,
  CLIENT_SUBNET: 8,
  COOKIE: 10,
  KEEPALIVE: 11,
  PADDING: 12,
  EXTENDED_ERROR: 15,
} as const;

export interface Option {
  code: number;
  data: Uint8Array;
}

/** What is left out is: 1232 octets, version 0, no flag, no option. */
export interface OptInput {
  payloadSize?: number;
  dnssecOk?: boolean;
  version?: number;
  flags?: number;
  extendedRcode?: number;
  options?: Option[];
  /** Instead of `options`: the octets of the record's data as they are. */
  data?: Uint8Array;
  owner?: string;
}

export interface Opt {
  owner: string;
  payloadSize: number;
  /** The upper eight bits of the twelve-bit RCODE. */
  extendedRcode: number;
  version: number;
  dnssecOk: boolean;
  /** The flags without DO. */
  otherFlags: number;
  options: Option[];
}

export interface ExtendedError {
  code: number;
  text: string;
}

const OPT_TYPE = 41;
const DO = 0x8000;

/** The OPT record as a record of the additional section. */
export function optRecord(opt: OptInput = {}): RecordInput {
  const flags = (opt.flags ?? 0) | (opt.dnssecOk ? DO : 0);
  return {
    name: opt.owner ?? ".",
    type: OPT_TYPE,
    class: opt.payloadSize ?? 1232,
    ttl: (((opt.extendedRcode ?? 0) << 24) | ((opt.version ?? 0) << 16) | flags) >>> 0,
    data: opt.data ?? optionOctets(opt.options ?? []),
  };
}

/** What an OPT record says; `record` as read from a message. */
export function parseOpt(record: RecordInput & { data: Uint8Array }): Opt {
  const ttl = record.ttl ?? 0;
  return {
    owner: record.name,
    payloadSize: record.class ?? 0,
    extendedRcode: ttl >>> 24,
    version: (ttl >>> 16) & 0xff,
    dnssecOk: (ttl & DO) !== 0,
    otherFlags: ttl & 0x7fff,
    options: parseOptions(record.data),
  };
}

export function extendedErrorOption(code: number, text = ""): Option {
  const encoded = new TextEncoder().encode(text);
  return {
    code: OPTION.EXTENDED_ERROR,
    data: Uint8Array.from([code >>> 8, code & 0xff, ...encoded]),
  };
}

/** The extended errors of an OPT record, in order. */
export function extendedErrors(opt: Opt | undefined): ExtendedError[] {
  const carried = opt?.options.filter((option) => option.code === OPTION.EXTENDED_ERROR) ?? [];
  return carried.map(({ data }) => ({
    code: data[0] * 256 + data[1],
    text: new TextDecoder("utf-8", { fatal: true }).decode(data.subarray(2)),
  }));
}

/** The keepalive option (RFC 7828): as queries have it, or with a timeout in units of 100 ms. */
export function keepalive(timeout?: number): Option {
  const data = timeout === undefined ? [] : [timeout >>> 8, timeout & 0xff];
  return { code: OPTION.KEEPALIVE, data: Uint8Array.from(data) };
}

export function padding(length: number): Option {
  return { code: OPTION.PADDING, data: new Uint8Array(length) };
}

/** An option whose data is text, for where the data means nothing. */
export function textOption(code: number, text: string): Option {
  return { code, data: new TextEncoder().encode(text) };
}

function optionOctets(options: readonly Option[]): Uint8Array {
  const writer = new OctetWriter();
  for (const option of options) {
    writer.u16(option.code);
    writer.counted(() => writer.octets(option.data));
  }
  return writer.finish();
}

function parseOptions(data: Uint8Array): Option[] {
  const reader = new OctetReader(data);
  const options: Option[] = [];
  while (reader.left > 0) options.push({ code: reader.u16(), data: reader.octets(reader.u16()) });
  return options;
}
