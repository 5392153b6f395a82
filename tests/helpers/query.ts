/** Ready-made queries and responses, built on `message.ts`. */

import { type OptInput, optRecord } from "./edns.ts";
import {
  buildMessage,
  CLASS,
  FLAG,
  type Message,
  type MessageInput,
  type RecordInput,
  TYPE,
} from "./message.ts";

export interface QueryInput extends MessageInput {
  type?: number;
  class?: number;
  /** `true`: an OPT record without options. */
  edns?: OptInput | boolean;
}

let lastId = Math.floor(Math.random() * 0x10000);

/** A message ID not used lately. */
export function nextId(): number {
  return lastId = (lastId + 40503) & 0xffff;
}

/** The octets of a query; RD is set unless `flags` is given. */
export function buildQuery(name: string, input: QueryInput = {}): Uint8Array<ArrayBuffer> {
  const opt = input.edns ? [optRecord(input.edns === true ? {} : input.edns)] : [];
  return buildMessage({
    id: nextId(),
    flags: FLAG.RD,
    questions: [{ name, type: input.type ?? TYPE.A, class: input.class ?? CLASS.IN }],
    ...input,
    additionals: [...input.additionals ?? [], ...opt],
  });
}

export interface ResponseInput extends MessageInput {
  rcode?: number;
  /** Added to QR, RD (copied) and RA. */
  moreFlags?: number;
  /** `false`: no OPT record; otherwise there is one if the query has one. */
  edns?: OptInput | false;
}

/** The octets of a response to `query`, with one A record unless something else is said. */
export function buildResponse(query: Message, input: ResponseInput = {}): Uint8Array<ArrayBuffer> {
  const rcode = input.rcode ?? 0;
  const copied = query.flags & (FLAG.RD | FLAG.CD);
  const withOpt = input.edns !== false && (query.opt !== undefined || input.edns !== undefined);
  const edns = input.edns ? input.edns : {};
  const opt = withOpt ? [optRecord({ ...edns, extendedRcode: rcode >>> 4 })] : [];
  const question = query.questions[0];
  return buildMessage({
    id: query.id,
    flags: FLAG.QR | FLAG.RA | copied | (input.moreFlags ?? 0) | (rcode & 15),
    questions: query.questions,
    answers: rcode === 0 && question !== undefined ? [addressRecord(question.name)] : [],
    compress: true,
    ...input,
    additionals: [...input.additionals ?? [], ...opt],
  });
}

/** An A record; the address of documentation ends in `last`. */
export function addressRecord(name: string, last = 1): RecordInput {
  return { name, type: TYPE.A, data: Uint8Array.from([192, 0, 2, last & 0xff]) };
}

/** `count` A records of `name`, each with another address. */
export function addressRecords(name: string, count: number): RecordInput[] {
  return Array.from({ length: count }, (_, i) => ({
    name,
    type: TYPE.A,
    data: Uint8Array.from([10, i >>> 16, i >>> 8, i]),
  }));
}

/** TXT records of `name` that take exactly `octets` in a message where the name is a pointer. */
export function textRecords(name: string, octets: number): RecordInput[] {
  const records: RecordInput[] = [];
  for (let left = octets; left > 0;) {
    const size = left <= 4000 ? left : Math.min(3000, left - 100);
    records.push({ name, type: TYPE.TXT, data: textData(size - 12) });
    left -= size;
  }
  return records;
}

/** The data of a TXT record: strings of at most 255 octets (RFC 1035, 3.3.14). */
function textData(length: number): Uint8Array {
  const data = new Uint8Array(length).fill(0x74);
  for (let at = 0; at < length; at += 256) data[at] = Math.min(255, length - at - 1);
  return data;
}
