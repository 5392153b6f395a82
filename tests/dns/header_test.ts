import { assertEquals } from "@std/assert";
import {
  Flag,
  flags,
  headerRcode,
  isResponse,
  isTruncated,
  messageId,
  opcode,
  setFlags,
  setHeaderRcode,
  setMessageId,
  setUint16,
  uint16,
} from "../../lib/dns/header.ts";
import { buildMessage, FLAG, parseMessage } from "../helpers/message.ts";

Deno.test("uint16() and setUint16() are in network order", () => {
  const octets = new Uint8Array(4);
  setUint16(octets, 1, 0xabcd);
  assertEquals(octets, Uint8Array.of(0, 0xab, 0xcd, 0));
  assertEquals(uint16(octets, 1), 0xabcd);
  setUint16(octets, 2, 65_535);
  assertEquals(uint16(octets, 2), 65_535);
});

Deno.test("messageId() and setMessageId() are the first two octets (RFC 1035, 4.1.1)", () => {
  for (const id of [0, 1, 0x1234, 0xffff]) {
    const message = buildMessage({ id, flags: 0xffff });
    assertEquals(messageId(message), id);
    setMessageId(message, id ^ 0xffff);
    assertEquals([parseMessage(message).id, flags(message)], [id ^ 0xffff, 0xffff]);
  }
});

Deno.test("Flag names the bits as they stand in a header (RFC 1035, 4.1.1; RFC 6840, 5.7)", () => {
  assertEquals({ ...Flag }, { ...FLAG });
});

Deno.test("flags(), isResponse(), isTruncated(), opcode() and headerRcode() read their bits alone", () => {
  const words = [0, FLAG.QR, FLAG.TC, FLAG.RD, FLAG.Z, 0x7800, 0x2800, 15, 5, 0xffff];
  for (const word of words) {
    const message = buildMessage({ id: 0xffff & ~word, flags: word });
    assertEquals(flags(message), word);
    assertEquals(isResponse(message), (word & FLAG.QR) !== 0, word.toString(16));
    assertEquals(isTruncated(message), (word & FLAG.TC) !== 0, word.toString(16));
    assertEquals(opcode(message), parseMessage(message).opcode, word.toString(16));
    assertEquals(headerRcode(message), word & 15, word.toString(16));
  }
});

Deno.test("setFlags() and setHeaderRcode() write their bits alone", () => {
  const message = buildMessage({ id: 0xffff, flags: 0, counts: [0xffff] });
  setFlags(message, 0x8180);
  setHeaderRcode(message, 0x17);
  assertEquals([...message.subarray(0, 6)], [0xff, 0xff, 0x81, 0x87, 0xff, 0xff]);
  setHeaderRcode(message, 0);
  assertEquals([...message.subarray(2, 4)], [0x81, 0x80]);
});
