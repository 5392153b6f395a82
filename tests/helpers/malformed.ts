/** Messages that are no good queries, and what is due to each (table Q9 of the protocol design). */

import { OPTION, optRecord, textOption } from "./edns.ts";
import { buildMessage, CLASS, concatenated, FLAG, TYPE } from "./message.ts";
import { nameOctets, nameOfLength } from "./name.ts";
import { addressRecord, buildQuery, nextId } from "./query.ts";

export interface MalformedCase {
  what: string;
  octets: Uint8Array<ArrayBuffer>;
}

const NAME = "malformed.example";

/** Nothing may be answered to these. */
export function unanswerable(): MalformedCase[] {
  return [
    { what: "no octet", octets: new Uint8Array() },
    { what: "one octet", octets: new Uint8Array(1) },
    { what: "eleven octets", octets: buildMessage({ id: nextId(), flags: FLAG.RD }).slice(0, 11) },
    { what: "a header with QR", octets: buildMessage({ id: nextId(), flags: FLAG.QR }) },
    { what: "a query with QR", octets: buildQuery(NAME, { flags: FLAG.QR | FLAG.RD }) },
    { what: "FORMERR with QR", octets: buildMessage({ id: nextId(), flags: FLAG.QR | 1 }) },
  ];
}

/** FORMERR is due; the question cannot be read, so the reply has none. */
export function withUnreadableQuestion(): MalformedCase[] {
  const tooLong = concatenated([nameOctets(nameOfLength(255)).slice(0, -1), nameOctets("x")]);
  return [
    { what: "no question", octets: buildMessage({ id: nextId(), flags: FLAG.RD }) },
    { what: "no question, but a cookie", octets: cookieOnly() },
    { what: "two questions", octets: twoQuestions() },
    { what: "a name that points to itself", octets: withName([0xc0, 12]) },
    { what: "a name that points forwards", octets: withName([0xc0, 14, 1, 0x61, 0]) },
    { what: "a name that points backwards", octets: withName([1, 0x61, 0xc0, 4]) },
    { what: "a label of type 0x40", octets: withName([0x41, 0x61, 0]) },
    { what: "a label of type 0x80", octets: withName([0x81, 0x61, 0]) },
    { what: "a name of 257 octets", octets: withName([...tooLong]) },
    { what: "a label that runs over the end", octets: withName([63, 0x61], []) },
    { what: "a name without end", octets: withName([1, 0x61], []) },
    { what: "a question without class", octets: withName([1, 0x61, 0], [0, 1]) },
  ];
}

/** FORMERR is due (RFC 6891, 6.1.1 and 6.1.2). */
export function withMalformedOpt(): MalformedCase[] {
  const opt = optRecord();
  const overrun = Uint8Array.from([0, 100, 0, 9, 1, 2]);
  const withData = buildQuery(NAME, { edns: { options: [textOption(100, "data")] } });
  return [
    { what: "two OPT records", octets: buildQuery(NAME, { additionals: [opt, opt] }) },
    { what: "OPT of another owner", octets: buildQuery(NAME, { edns: { owner: "a" } }) },
    { what: "OPT in the answer section", octets: buildQuery(NAME, { answers: [opt] }) },
    { what: "OPT in the authority section", octets: buildQuery(NAME, { authorities: [opt] }) },
    { what: "an option that runs over OPT", octets: buildQuery(NAME, { edns: { data: overrun } }) },
    { what: "half an option", octets: buildQuery(NAME, { edns: { data: overrun.slice(0, 3) } }) },
    { what: "OPT whose data runs over the end", octets: withData.slice(0, -1) },
    { what: "half an OPT record", octets: buildQuery(NAME, { edns: true }).slice(0, -1) },
  ];
}

/** FORMERR is due: these types are no questions. */
export function withImpossibleType(): MalformedCase[] {
  return [
    { what: "type OPT", octets: buildQuery(NAME, { type: TYPE.OPT }) },
    { what: "type TSIG", octets: buildQuery(NAME, { type: TYPE.TSIG }) },
  ];
}

/** Odd, but to be answered as any other query. */
export function oddButGood(): MalformedCase[] {
  const record = addressRecord("other.example");
  const flags = { AA: FLAG.AA, TC: FLAG.TC, RA: FLAG.RA, Z: FLAG.Z, AD: FLAG.AD, CD: FLAG.CD };
  const flagCases = Object.entries({ ...flags, RCODE: 15 }).map(([name, flag]) => ({
    what: `${name} in the header`,
    octets: buildQuery(`flag-${name}.example`, { flags: FLAG.RD | flag }),
  }));
  return [
    ...flagCases,
    { what: "no RD", octets: buildQuery("no-rd.example", { flags: 0 }) },
    { what: "a record as answer", octets: buildQuery("an.example", { answers: [record] }) },
    { what: "a record as authority", octets: buildQuery("ns.example", { authorities: [record] }) },
    {
      what: "a record before OPT",
      octets: buildQuery("ar.example", { additionals: [record], edns: true }),
    },
    {
      what: "a record after OPT",
      octets: buildQuery("after.example", { additionals: [optRecord(), record] }),
    },
    {
      what: "ten octets after the last record",
      octets: buildQuery("tail.example", { tail: new Uint8Array(10).fill(0xa5) }),
    },
  ];
}

function withName(
  name: readonly number[],
  rest = [0, TYPE.A, 0, CLASS.IN],
): Uint8Array<ArrayBuffer> {
  const tail = Uint8Array.from([...name, ...rest]);
  return buildMessage({ id: nextId(), flags: FLAG.RD, counts: [1], tail });
}

function cookieOnly(): Uint8Array<ArrayBuffer> {
  const cookie = { code: OPTION.COOKIE, data: new Uint8Array(8) };
  const additionals = [optRecord({ options: [cookie] })];
  return buildMessage({ id: nextId(), flags: FLAG.RD, additionals });
}

function twoQuestions(): Uint8Array<ArrayBuffer> {
  const question = { name: NAME, type: TYPE.A, class: CLASS.IN };
  return buildMessage({ id: nextId(), flags: FLAG.RD, questions: [question, question] });
}
