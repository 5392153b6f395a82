import { assertEquals } from "@std/assert";
import { lowerCase, nameEnd, plainNameEnd, pointerOffset } from "../../lib/dns/name.ts";
import { concatenated } from "../helpers/message.ts";
import { nameOctets, nameOfLength } from "../helpers/name.ts";

/** Where names begin in the tests: behind a header and four octets more. */
const START = 16;

/** A message with `octets` at `START`; before them the name "a" at 12, its end at 14. */
function messageWith(...octets: number[]): Uint8Array {
  const message = new Uint8Array(START + octets.length);
  message.set([1, 0x61, 0], 12);
  message.set(octets, START);
  return message;
}

/** Names without pointers: what, octets, how many octets they take (-1: malformed). */
const PLAIN: readonly [string, number[], number][] = [
  ["the root", [0], 1],
  ["the root and more", [0, 1, 1], 1],
  ["a label", [1, 0x61, 0], 3],
  ["two labels", [1, 0x61, 2, 0x62, 0x63, 0, 9], 6],
  ["labels of any octets", [4, 0, 0x2e, 0xc0, 0xff, 0], 6],
  ["a label of 63 octets", [63, ...new Array(63).fill(1), 0], 65],
  ["a name of 255 octets", [...nameOctets(nameOfLength(255))], 255],
  ["a name of 256 octets", [...nameOctets(nameOfLength(256))], -1],
  ["a name of 300 octets", [...nameOctets(nameOfLength(300))], -1],
  ["a label of type 0x40", [0x41, 0x61, 0], -1],
  ["a label of type 0x80", [0x81, 0x61, 0], -1],
  ["a label that runs over the end", [5, 0x61], -1],
  ["a name without end", [1, 0x61], -1],
  ["nothing", [], -1],
];

/** Names with pointers. */
const COMPRESSED: readonly [string, number[], number][] = [
  ["a pointer to a name", [0xc0, 12], 2],
  ["a pointer to a root", [0xc0, 14, 9], 2],
  ["a label and a pointer", [1, 0x62, 0xc0, 12], 4],
  ["a pointer to itself", [0xc0, START], -1],
  ["a pointer forwards", [0xc0, START + 2, 0], -1],
  ["a pointer into its own name", [1, 0x61, 0xc0, START], -1],
  ["a pointer into its own name's middle", [1, 0x61, 0xc0, START + 1], -1],
  ["a pointer to the end", [0xc0, START + 2], -1],
  ["a pointer far over the end", [0xff, 0xff], -1],
  ["a pointer into the header", [0xc0, 0], -1],
  ["half a pointer", [0xc0], -1],
];

Deno.test("plainNameEnd() is behind a name of labels, -1 if it is none (RFC 1035, 3.1; MSG-07, MSG-08)", () => {
  for (const [what, octets, length] of PLAIN) {
    const expected = length < 0 ? -1 : START + length;
    assertEquals(plainNameEnd(messageWith(...octets), START), expected, what);
  }
});

Deno.test("plainNameEnd() is -1 for any pointer, as the first name has nothing to point to (MSG-09)", () => {
  for (const [what, octets] of COMPRESSED) {
    assertEquals(plainNameEnd(messageWith(...octets), START), -1, what);
  }
});

Deno.test("nameEnd() is behind a name, whether or not it ends in a pointer (RFC 1035, 4.1.4)", () => {
  for (const [what, octets, length] of [...PLAIN, ...COMPRESSED]) {
    const expected = length < 0 ? -1 : START + length;
    assertEquals(nameEnd(messageWith(...octets), START), expected, what);
  }
});

Deno.test("nameEnd() follows pointers to pointers, only ever backwards", () => {
  const chain = messageWith(0xc0, 12, 1, 0x62, 0xc0, START, 0xc0, START + 2);
  assertEquals(nameEnd(chain, START + 2), START + 6);
  assertEquals(nameEnd(chain, START + 6), START + 8);
  const loop = messageWith(0xc0, START + 2, 0xc0, START);
  assertEquals([nameEnd(loop, START), nameEnd(loop, START + 2)], [-1, -1]);
});

Deno.test("nameEnd() counts the octets of the whole name, those pointed to included (RFC 1035, 2.3.4)", () => {
  const suffix = nameOctets(nameOfLength(250));
  const ends = (label: number) => {
    const prefix = Uint8Array.of(label, ...new Array(label).fill(0x70), 0xc0, 12);
    const message = concatenated([new Uint8Array(12), suffix, prefix]);
    return nameEnd(message, 12 + suffix.length) === message.length;
  };
  assertEquals([3, 4, 5].map(ends), [true, true, false], "names of 254, 255 and 256 octets");
});

Deno.test("pointerOffset() finds the pointer that ends a name, -1 without", () => {
  const cases: [number[], number][] = [
    [[0], -1],
    [[1, 0xc0, 0], -1],
    [[0xc0, 12], START],
    [[1, 0x61, 2, 0xc0, 0xc0, 0xc0, 12], START + 5],
  ];
  for (const [octets, expected] of cases) {
    assertEquals(pointerOffset(messageWith(...octets), START), expected, `${octets}`);
  }
});

Deno.test("lowerCase() changes A to Z and no other of the 256 octets (RFC 4343, 3; Q11)", () => {
  for (let octet = 0; octet < 256; octet++) {
    const expected = octet >= 65 && octet <= 90 ? octet + 32 : octet;
    assertEquals(lowerCase(octet), expected);
  }
});
