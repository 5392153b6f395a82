/**
 * DNS messages (RFC 1035, 4.1) as the tests build and read them. It shares no code with the program,
 * so that a mistake there is not made here as well. Reading checks the whole message: every record,
 * every name, nothing left over unnoticed.
 */

import { type ExtendedError, extendedErrors, type Opt, parseOpt } from "./edns.ts";
import { OctetReader, OctetWriter } from "./octets.ts";

export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SIG: 24,
  DNAME: 39,
  OPT: 41,
  RRSIG: 46,
  SVCB: 64,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;
export const CLASS = { IN: 1, CH: 3, NONE: 254, ANY: 255 } as const;
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  NOTAUTH: 9,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;
export const FLAG = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  Z: 0x0040,
  AD: 0x0020,
  CD: 0x0010,
} as const;

export interface Question {
  name: string;
  type: number;
  class: number;
}

/** Record data is octets, or a list of octets and of names, which may be compressed. */
export interface RecordInput {
  name: string;
  type: number;
  class?: number;
  ttl?: number;
  data: Uint8Array | readonly (Uint8Array | { name: string })[];
}

/** As read: names inside the data of the types of RFC 1035 are expanded. */
export interface Rr extends RecordInput {
  class: number;
  ttl: number;
  data: Uint8Array;
}

export interface MessageInput {
  id?: number;
  /** The whole second word of the header. */
  flags?: number;
  questions?: readonly Question[];
  answers?: readonly RecordInput[];
  authorities?: readonly RecordInput[];
  additionals?: readonly RecordInput[];
  compress?: boolean;
  /** Instead of the true counts, where not undefined. */
  counts?: readonly (number | undefined)[];
  /** Octets after the last record. */
  tail?: Uint8Array;
}

export interface Message {
  octets: Uint8Array;
  id: number;
  flags: number;
  opcode: number;
  /** The four bits of the header. */
  headerRcode: number;
  /** With the bits of the OPT record. */
  rcode: number;
  questions: Question[];
  answers: Rr[];
  authorities: Rr[];
  /** Without the OPT records. */
  additionals: Rr[];
  opts: Opt[];
  opt: Opt | undefined;
  extendedErrors: ExtendedError[];
  /** How many octets follow the last record. */
  tailLength: number;
}

export function buildMessage(message: MessageInput): Uint8Array<ArrayBuffer> {
  const writer = new OctetWriter();
  const { questions = [], answers = [], authorities = [], additionals = [] } = message;
  writer.u16(message.id ?? 0);
  writer.u16(message.flags ?? 0);
  const sections = [questions, answers, authorities, additionals];
  sections.forEach((section, i) => writer.u16(message.counts?.[i] ?? section.length));
  for (const question of questions) {
    writer.name(question.name, message.compress ?? false);
    writer.u16(question.type);
    writer.u16(question.class);
  }
  for (const record of [...answers, ...authorities, ...additionals]) {
    writeRecord(writer, record, message.compress ?? false);
  }
  writer.octets(message.tail ?? new Uint8Array());
  return writer.finish();
}

export function parseMessage(octets: Uint8Array): Message {
  const reader = new OctetReader(octets);
  const [id, flags, qd, an, ns, ar] = Array.from({ length: 6 }, () => reader.u16());
  const questions = Array.from({ length: qd }, () => readQuestion(reader));
  const answers = readRecords(reader, an);
  const authorities = readRecords(reader, ns);
  const all = readRecords(reader, ar);
  const opts = all.filter((record) => record.type === TYPE.OPT).map(parseOpt);
  return {
    octets,
    id,
    flags,
    questions,
    answers,
    authorities,
    opts,
    opcode: (flags >>> 11) & 15,
    headerRcode: flags & 15,
    rcode: ((opts[0]?.extendedRcode ?? 0) << 4) | (flags & 15),
    additionals: all.filter((record) => record.type !== TYPE.OPT),
    opt: opts[0],
    extendedErrors: extendedErrors(opts[0]),
    tailLength: reader.left,
  };
}

/** The two octets of length and the message, as on a stream. */
export function frame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const framed = new Uint8Array(message.length + 2);
  framed[0] = message.length >>> 8;
  framed[1] = message.length & 0xff;
  framed.set(message, 2);
  return framed;
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function writeRecord(writer: OctetWriter, record: RecordInput, compress: boolean): void {
  writer.name(record.name, compress);
  writer.u16(record.type);
  writer.u16(record.class ?? CLASS.IN);
  writer.u32(record.ttl ?? 300);
  writer.counted(() => {
    if (record.data instanceof Uint8Array) return writer.octets(record.data);
    for (const part of record.data) {
      if (part instanceof Uint8Array) writer.octets(part);
      else writer.name(part.name, compress);
    }
  });
}

function readQuestion(reader: OctetReader): Question {
  return { name: reader.name(), type: reader.u16(), class: reader.u16() };
}

function readRecords(reader: OctetReader, count: number): Rr[] {
  return Array.from({ length: count }, () => {
    const head = {
      name: reader.name(),
      type: reader.u16(),
      class: reader.u16(),
      ttl: reader.u32(),
    };
    return { ...head, data: readData(reader, head.type, reader.u16()) };
  });
}

/** How many octets stand before the names, how many names there are: the types with compression. */
const NAMES_IN_DATA = new Map<number, readonly [number, number]>([
  [TYPE.NS, [0, 1]],
  [TYPE.CNAME, [0, 1]],
  [TYPE.PTR, [0, 1]],
  [TYPE.MX, [2, 1]],
  [TYPE.SOA, [0, 2]],
]);

function readData(reader: OctetReader, type: number, length: number): Uint8Array {
  const layout = NAMES_IN_DATA.get(type);
  if (layout === undefined || length === 0) return reader.octets(length);
  const end = reader.offset + length;
  const writer = new OctetWriter();
  writer.octets(reader.octets(layout[0]));
  for (let i = 0; i < layout[1]; i++) writer.name(reader.name(), false);
  writer.octets(reader.octets(end - reader.offset));
  return writer.finish();
}
