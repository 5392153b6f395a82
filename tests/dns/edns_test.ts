import { assertEquals } from "@std/assert";
import {
  findOption,
  fullRcode,
  growOpt,
  InfoCode,
  needsEdns,
  OPT_LENGTH,
  optExtendedRcode,
  OptionCode,
  optIsDnssecOk,
  optIsWellFormed,
  optPayloadSize,
  optVersion,
  writeOpt,
} from "../../lib/dns/edns.ts";
import { type OptInput, OPTION, type Option, optRecord } from "../helpers/edns.ts";
import { buildMessage, parseMessage } from "../helpers/message.ts";

/** A message that is nothing but a header and an OPT record, which then begins at 12. */
const OPT = 12;
function withOpt(opt: OptInput): Uint8Array<ArrayBuffer> {
  return buildMessage({ additionals: [optRecord(opt)] });
}

function option(code: number, length: number): Option {
  return { code, data: new Uint8Array(length).fill(code) };
}

Deno.test("optPayloadSize(), optExtendedRcode(), optVersion() and optIsDnssecOk() read OPT (RFC 6891, 6.1.3)", () => {
  const message = withOpt({ payloadSize: 4096, extendedRcode: 0x12, version: 3, flags: 0x7fff });
  assertEquals(optPayloadSize(message, OPT), 4096);
  assertEquals(optExtendedRcode(message, OPT), 0x12);
  assertEquals(optVersion(message, OPT), 3);
  assertEquals(optIsDnssecOk(message, OPT), false);
  assertEquals(optIsDnssecOk(withOpt({ dnssecOk: true }), OPT), true);
});

Deno.test("optIsWellFormed() wants options that fill the data exactly (RFC 6891, 6.1.2; EDNS-05)", () => {
  const cases: [string, number[], boolean][] = [
    ["no option", [], true],
    ["an empty option", [0, 12, 0, 0], true],
    ["an option", [0, 12, 0, 2, 7, 7], true],
    ["two options", [0, 12, 0, 1, 7, 0, 3, 0, 0], true],
    ["an option that runs over", [0, 12, 0, 3, 7, 7], false],
    ["a second option that runs over", [0, 12, 0, 0, 0, 3, 0, 1], false],
    ["an option that is longer than any", [0, 12, 0xff, 0xff], false],
    ["one octet", [0], false],
    ["half a head", [0, 12, 0], false],
    ["an option and one octet", [0, 12, 0, 0, 9], false],
  ];
  for (const [what, data, expected] of cases) {
    const message = withOpt({ data: Uint8Array.from(data) });
    assertEquals(optIsWellFormed(message, OPT, message.length), expected, what);
  }
});

Deno.test("findOption() finds an option, the next of its kind, or none", () => {
  const options = [option(3, 2), option(OPTION.EXTENDED_ERROR, 5), option(12, 0), option(15, 2)];
  const message = withOpt({ options });
  const [start, end] = [OPT + OPT_LENGTH, message.length];
  assertEquals(findOption(message, start, end, 3), start);
  assertEquals(findOption(message, start, end, 15), start + 6);
  assertEquals(findOption(message, start + 6 + 9, end, 15), start + 6 + 9 + 4);
  assertEquals(findOption(message, end, end, 15), -1);
  assertEquals(findOption(message, start, end, 8), -1);
});

Deno.test("findOption() finds no option that runs over the end", () => {
  const message = withOpt({ data: Uint8Array.of(0, 15, 0, 9, 0, 23) });
  assertEquals(findOption(message, OPT + OPT_LENGTH, message.length, 15), -1);
});

Deno.test("writeOpt() writes version 0, root owner, no flag but DO, over whatever was there (EDNS-03)", () => {
  for (const dnssecOk of [false, true]) {
    const octets = new Uint8Array(12 + OPT_LENGTH + 2).fill(0xff);
    octets.set(buildMessage({ counts: [0, 0, 0, 1] }));
    assertEquals(writeOpt(octets, OPT, 1232, 1, dnssecOk), OPT + OPT_LENGTH);
    const { opt, tailLength } = parseMessage(octets);
    const fixed = { owner: ".", payloadSize: 1232, extendedRcode: 1, version: 0, otherFlags: 0 };
    assertEquals(opt, { ...fixed, dnssecOk, options: [] });
    assertEquals(tailLength, 2);
  }
});

Deno.test("growOpt() adds to the length of the data", () => {
  const octets = withOpt({ data: new Uint8Array(250) });
  growOpt(octets, OPT, 10);
  assertEquals([octets[OPT + 9], octets[OPT + 10]], [1, 4]);
});

Deno.test("fullRcode() puts the bits of OPT above those of the header (RFC 6891, 6.1.3)", () => {
  const message = buildMessage({ flags: 7, additionals: [optRecord({ extendedRcode: 0xab })] });
  assertEquals(fullRcode(message, OPT), 0xab7);
  assertEquals(fullRcode(message, -1), 7);
});

Deno.test("needsEdns() is for RCODEs of more than four bits", () => {
  assertEquals([0, 5, 15, 16, 23, 4095].map(needsEdns), [false, false, false, true, true, true]);
});

Deno.test("OptionCode and InfoCode are as registered (RFC 5001, RFC 7828, RFC 7830, RFC 8914)", () => {
  assertEquals({ ...OptionCode }, { NSID: 3, KEEPALIVE: 11, PADDING: 12, EXTENDED_ERROR: 15 });
  const { NOT_READY, PROHIBITED, NOT_SUPPORTED } = InfoCode;
  assertEquals([NOT_READY, PROHIBITED, NOT_SUPPORTED], [14, 18, 21]);
  const { NO_REACHABLE_AUTHORITY, NETWORK_ERROR, INVALID_DATA } = InfoCode;
  assertEquals([NO_REACHABLE_AUTHORITY, NETWORK_ERROR, INVALID_DATA], [22, 23, 24]);
});
