/** Responses with data that is not as its type has it: no client may get them (RFC 1035, 3.3 and later). */

import { assertEquals } from "@std/assert";
import { Sections } from "../../lib/dns/sections.ts";
import { buildMessage, CLASS, type RecordInput, TYPE } from "../helpers/message.ts";
import { nameOctets } from "../helpers/name.ts";

const NAME = "www.example";
const QUESTIONS = [{ name: NAME, type: TYPE.ANY, class: CLASS.IN }];

type Data = RecordInput["data"];

/** Whether a response with this record, compressed or not, is sound. */
function isSound(type: number, data: Data, number: number = CLASS.IN, compress = false): boolean {
  const answers = [{ name: NAME, type, class: number, data }];
  // What stands behind the record must not be taken for a part of it.
  const additionals = [{ name: ".", type: TYPE.A, data: Uint8Array.of(3, 97, 98, 99) }];
  const message = buildMessage({ questions: QUESTIONS, answers, additionals, compress });
  return new Sections().readResponse(message);
}

function zeros(length: number): number[] {
  return new Array(length).fill(0);
}

/** The data of an HTTPS record with one parameter. */
function service(key: number, value: readonly number[]): number[] {
  return [0, 1, 0, key >>> 8, key & 0xff, value.length >>> 8, value.length & 0xff, ...value];
}

const HOST = [...nameOctets("host.example")];
const TEXT = [3, 97, 98, 99];

/** Each type with data that is whole, and with data that is not: cut, too long, or wrong within. */
const CASES: readonly [string, number, readonly number[], readonly (readonly number[])[]][] = [
  ["A", 1, [192, 0, 2, 1], [[], [192, 0, 2], [192, 0, 2, 1, 1]]],
  ["NS", 2, HOST, [[], HOST.slice(0, -1), [...HOST, 0]]],
  ["MD", 3, HOST, [[], HOST.slice(0, -1)]],
  ["MF", 4, HOST, [[], HOST.slice(0, -1)]],
  ["CNAME", 5, HOST, [[], HOST.slice(0, -1), [...HOST, 1]]],
  ["SOA", 6, [...HOST, ...HOST, ...zeros(20)], [
    [],
    HOST,
    [...HOST, ...HOST],
    [...HOST, ...HOST, ...zeros(19)],
    [...HOST, ...HOST, ...zeros(21)],
  ]],
  ["MB", 7, HOST, [[], HOST.slice(0, -1)]],
  ["MG", 8, HOST, [[], HOST.slice(0, -1)]],
  ["MR", 9, HOST, [[], HOST.slice(0, -1)]],
  ["WKS", 11, [192, 0, 2, 1, 6, 0x40], [[], zeros(4)]],
  ["PTR", 12, HOST, [[], HOST.slice(0, -1), [...HOST, 0]]],
  ["HINFO", 13, [...TEXT, ...TEXT], [[], TEXT, [...TEXT, 3, 97], [...TEXT, ...TEXT, 0]]],
  ["MINFO", 14, [...HOST, ...HOST], [HOST, [...HOST, ...HOST, 0], [...HOST, 4]]],
  ["MX", 15, [0, 1, ...HOST], [[], [0, 1], [0], [0, 1, ...HOST.slice(0, -1)], [0, 1, ...HOST, 0]]],
  ["TXT", 16, [...TEXT, 0, ...TEXT], [[], [4, 97, 98, 99], [...TEXT, 1]]],
  ["RP", 17, [...HOST, ...HOST], [HOST, [...HOST, 4], [...HOST, ...HOST, 0]]],
  ["AFSDB", 18, [0, 1, ...HOST], [[0, 1], [0, 1, 4], [0, 1, ...HOST, 0]]],
  ["X25", 19, TEXT, [[], [4, 97], [...TEXT, 0]]],
  ["ISDN", 20, [...TEXT, ...TEXT], [[], [...TEXT, 2, 97]]],
  ["RT", 21, [0, 1, ...HOST], [[0, 1], [0, 1, ...HOST.slice(0, -1)]]],
  ["NSAP", 22, [1], [[]]],
  ["NSAP-PTR", 23, HOST, [[], [...HOST, 0]]],
  ["SIG", 24, [...zeros(18), ...HOST, 1], [[], zeros(18), [...zeros(18), ...HOST.slice(0, -1)]]],
  ["KEY", 25, zeros(4), [zeros(3)]],
  ["PX", 26, [0, 1, ...HOST, ...HOST], [[0, 1, ...HOST], [0, 1, ...HOST, ...HOST, 0]]],
  ["GPOS", 27, [...TEXT, ...TEXT, ...TEXT], [[...TEXT, ...TEXT], [...TEXT, ...TEXT, 4, 97]]],
  ["AAAA", 28, zeros(16), [[], zeros(4), zeros(15), zeros(17)]],
  ["LOC", 29, zeros(16), [[], zeros(12), zeros(17)]],
  ["LOC of another version", 29, [1, 2], [[]]],
  ["NXT", 30, [...HOST, 0x40], [HOST.slice(0, -1)]],
  ["SRV", 33, [...zeros(6), ...HOST], [
    zeros(5),
    zeros(6),
    [...zeros(6), ...HOST.slice(0, -1)],
    [...zeros(6), ...HOST, 0],
  ]],
  ["ATMA", 34, [0, 1], [[], [0]]],
  ["NAPTR", 35, [...zeros(4), ...TEXT, ...TEXT, 0, ...HOST], [
    zeros(4),
    [...zeros(4), ...TEXT, ...TEXT, ...HOST.slice(0, -1)],
    [...zeros(4), ...TEXT, ...TEXT, 200, 0],
    [...zeros(4), ...TEXT, ...TEXT, 0, ...HOST.slice(0, -1)],
  ]],
  ["KX", 36, [0, 1, ...HOST], [[0, 1], [0, 1, 3, 97]]],
  ["CERT", 37, [...zeros(5), 1], [zeros(4)]],
  ["A6", 38, [120, 1, ...HOST], [[], [129, ...HOST], [120, 1], [0, ...zeros(15)], [
    0,
    ...zeros(17),
  ]]],
  ["A6 of a whole address", 38, zeros(17), [zeros(16)]],
  ["DNAME", 39, HOST, [[], HOST.slice(0, -1), [...HOST, 0]]],
  ["APL", 42, [0, 1, 24, 0x83, 10, 0, 0, 0, 2, 0, 0], [[0, 1, 24], [0, 1, 24, 3, 10, 0]]],
  ["DS", 43, [...zeros(4), 1], [zeros(3), zeros(4)]],
  ["DS by SHA-1", 43, [1, 1, 8, 1, ...zeros(20)], [[1, 1, 8, 1, ...zeros(19)]]],
  ["DS by SHA-256", 43, [1, 1, 8, 2, ...zeros(32)], [[1, 1, 8, 2, ...zeros(33)]]],
  ["DS by SHA-384", 43, [1, 1, 8, 4, ...zeros(48)], [[1, 1, 8, 4, ...zeros(32)]]],
  ["SSHFP of another kind", 44, [1, 3, 1], [[], [1]]],
  ["SSHFP of another kind, without a fingerprint", 44, [1, 3], [[1, 1], [1, 2]]],
  ["SSHFP by SHA-1", 44, [1, 1, ...zeros(20)], [[1, 1, ...zeros(19)]]],
  ["SSHFP by SHA-256", 44, [4, 2, ...zeros(32)], [[4, 2, ...zeros(20)]]],
  ["IPSECKEY without gateway", 45, [1, 0, 2, 9], [[], [1, 0]]],
  ["IPSECKEY by IPv4", 45, [1, 1, 2, 1, 2, 3, 4, 9], [[1, 1, 2, 1, 2, 3]]],
  ["IPSECKEY by IPv6", 45, [1, 2, 2, ...zeros(16)], [[1, 2, 2, ...zeros(15)]]],
  ["IPSECKEY by name", 45, [1, 3, 2, ...HOST, 9], [[1, 3, 2], [1, 3, 2, ...HOST.slice(0, -1)]]],
  ["RRSIG", 46, [...zeros(18), ...HOST, 1], [
    [],
    zeros(17),
    zeros(18),
    [...zeros(18), ...HOST],
    [...zeros(18), ...HOST.slice(0, -1)],
  ]],
  ["NSEC", 47, [...HOST, 0, 1, 0x40, 1, 2, 0, 1], [
    [],
    HOST.slice(0, -1),
    [...HOST, 0],
    [...HOST, 0, 2, 0x40],
    [...HOST, 0, 0],
    [...HOST, 0, 33, ...zeros(33)],
    [...HOST, 1, 1, 1, 0, 1, 1],
  ]],
  ["DNSKEY", 48, [1, 0, 3, 13, 1], [[1, 0, 3], [1, 0, 3, 13]]],
  ["DHCID", 49, [1], [[]]],
  ["NSEC3", 50, [1, 0, 0, 0, 1, 9, 2, 8, 8, 0, 1, 0x40], [
    [1, 0, 0],
    [1, 0, 0, 0, 5, 9],
    [1, 0, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 20, 1],
    [1, 0, 0, 0, 0, 1, 1, 0, 9, 1],
  ]],
  ["NSEC3PARAM", 51, [1, 0, 0, 0, 0], [[1, 0, 0, 0], [1, 0, 0, 0, 1], [1, 0, 0, 0, 0, 0]]],
  ["TLSA", 52, [3, 1, 1, 9], [[3, 1], [3, 1, 1]]],
  ["SMIMEA", 53, [3, 1, 1, 9], [[3, 1, 1]]],
  ["HIP", 55, [1, 2, 0, 2, 7, 8, 8, ...HOST, ...HOST], [
    [1, 2, 0],
    [1, 2, 0, 2, 7, 8],
    [1, 2, 0, 2, 7, 8, 8, ...HOST.slice(0, -1)],
  ]],
  ["NINFO", 56, TEXT, [[], [9, 1]]],
  ["TALINK", 58, [...HOST, ...HOST], [HOST, [...HOST, 9]]],
  ["CDS", 59, [0, 0, 0, 0, 0], [zeros(4)]],
  ["CDNSKEY", 60, [0, 0, 3, 0, 0], [[0, 0, 3]]],
  ["OPENPGPKEY", 61, [1], [[]]],
  ["CSYNC", 62, [...zeros(6), 0, 1, 0x40], [zeros(5), [...zeros(6), 0, 9, 1]]],
  ["ZONEMD", 63, [...zeros(6), 1], [zeros(6), zeros(5)]],
  ["ZONEMD by SHA-384", 63, [...zeros(5), 1, ...zeros(48)], [[...zeros(5), 1, ...zeros(47)]]],
  ["SVCB", 64, [0, 1, ...HOST, 0, 1, 0, 3, 2, 104, 50, 0, 3, 0, 2, 1, 187], [
    [],
    [0, 1],
    [0, 1, ...HOST.slice(0, -1)],
    [0, 1, ...HOST, 0],
    [0, 1, ...HOST, 0, 3, 0, 3, 1, 187],
    [0, 1, ...HOST, 0, 3, 0, 0, 0, 1, 0, 0],
    [0, 1, ...HOST, 0, 3, 0, 0, 0, 3, 0, 0],
  ]],
  ["HTTPS", 65, [0, 1, 0], [[0, 1], [0, 1, 0, 0, 1]]],
  ["HTTPS with mandatory keys", 65, service(0, [0, 1, 0, 3, 255, 255]), [
    service(0, []),
    service(0, [0, 1, 0]),
    service(0, [0, 0]),
    service(0, [0, 3, 0, 1]),
    service(0, [0, 1, 0, 1]),
  ]],
  ["HTTPS with protocols", 65, service(1, [2, 104, 50, 1, 255]), [
    service(1, []),
    service(1, [0]),
    service(1, [2, 104, 50, 0]),
    service(1, [3, 104, 50]),
  ]],
  ["HTTPS without the default protocol", 65, service(2, []), [service(2, [1])]],
  [
    "HTTPS with a port",
    65,
    service(3, [1, 187]),
    [[], [1], [1, 187, 0]].map((data) => service(3, data)),
  ],
  ["HTTPS with IPv4", 65, service(4, zeros(8)), [0, 3, 5].map((count) => service(4, zeros(count)))],
  [
    "HTTPS with IPv6",
    65,
    service(6, zeros(32)),
    [0, 4, 17].map((count) => service(6, zeros(count))),
  ],
  ["HTTPS with a key that has any value", 65, service(5, [255]), [service(5, [255]).slice(0, -1)]],
  ["SVCB of an alias with parameters", 64, [0, 0, ...service(3, [1]).slice(2)], [
    [0, 0, ...service(3, [1]).slice(2, -1)],
  ]],
  ["DSYNC", 66, [0, 59, 1, 0, 53, ...HOST], [zeros(5), [...zeros(5), 9]]],
  ["SPF", 99, TEXT, [[], [4, 97]]],
  ["NID", 104, zeros(10), [zeros(9), zeros(11)]],
  ["L32", 105, zeros(6), [zeros(5), zeros(7)]],
  ["L64", 106, zeros(10), [zeros(9), zeros(11)]],
  ["LP", 107, [0, 1, ...HOST], [[0, 1], [0, 1, 9]]],
  ["EUI48", 108, zeros(6), [zeros(5), zeros(7)]],
  ["EUI64", 109, zeros(8), [zeros(7), zeros(9)]],
  ["URI", 256, [0, 1, 0, 1, 97], [zeros(3)]],
  ["CAA", 257, [0, 5, 105, 115, 115, 117, 101, 97], [[], [0], [0, 0], [0, 5, 105]]],
  ["AVC", 258, TEXT, [[], [4]]],
  ["DOA", 259, [...zeros(9), 0], [zeros(8), zeros(9), [...zeros(9), 9]]],
  ["AMTRELAY by name", 260, [1, 0x83, ...HOST], [[], [1], [1, 3], [1, 3, 4, 97]]],
  ["AMTRELAY by IPv4", 260, [1, 1, 1, 2, 3, 4], [[1, 1, 1], [1, 1, 1, 2, 3, 4, 5]]],
  ["RESINFO", 261, TEXT, [[4]]],
  ["WALLET", 262, [...TEXT, ...TEXT], [[4]]],
  ["TA", 32_768, zeros(5), [zeros(4)]],
  ["DLV", 32_769, zeros(5), [zeros(4)]],
];

Deno.test("A response is sound with data as its type has it, and malformed with any other", () => {
  for (const [what, type, good, bad] of CASES) {
    assertEquals(isSound(type, Uint8Array.from(good)), true, what);
    for (const data of bad) {
      assertEquals(isSound(type, Uint8Array.from(data)), false, `${what}: ${data.join(" ")}`);
    }
  }
});

/** Types with names, and what stands before and behind those. */
const WITH_NAMES: readonly [number, number, number, number][] = [
  ...[2, 3, 4, 5, 7, 8, 9, 12, 23, 39].map((
    type,
  ): [number, number, number, number] => [type, 0, 1, 0]),
  [6, 0, 2, 20],
  [14, 0, 2, 0],
  [15, 2, 1, 0],
  [17, 0, 2, 0],
  [18, 2, 1, 0],
  [21, 2, 1, 0],
  [24, 18, 1, 8],
  [26, 2, 2, 0],
  [30, 0, 1, 4],
  [33, 6, 1, 0],
  [36, 2, 1, 0],
  [46, 18, 1, 64],
  [58, 0, 2, 0],
  [107, 2, 1, 0],
];

Deno.test("A name in data may be compressed, but its pointer must lead backwards and its end be within", () => {
  for (const [type, before, count, behind] of WITH_NAMES) {
    const names = (name: Uint8Array | { name: string }) => new Array(count).fill(name);
    const data = (
      name: Uint8Array | { name: string },
    ) => [new Uint8Array(before), ...names(name), new Uint8Array(behind)];
    assertEquals(isSound(type, data({ name: `a.${NAME}` }), CLASS.IN, true), true, `type ${type}`);
    const bad: readonly number[][] = [[0xc0], [0xff, 0xff], [1, 0x61, 0xc0], [0xc0, 11], [0x40, 0]];
    for (const octets of bad) {
      const wrong = isSound(type, data(Uint8Array.from(octets)));
      assertEquals(wrong, false, `type ${type}: ${octets.join(" ")}`);
    }
    const cut = [new Uint8Array(before), ...names({ name: NAME }).slice(1), Uint8Array.of(2, 97)];
    assertEquals(isSound(type, cut), false, `type ${type} cut`);
  }
});

Deno.test("A name that must not be compressed is malformed if it is", () => {
  const [pointer, second] = [[0xc0, 12], [0, 1]];
  const cases: [number, number[]][] = [
    [64, [...second, ...pointer]],
    [65, [...second, ...pointer]],
    [45, [1, 3, 2, ...pointer]],
    [55, [0, 1, 0, 0, ...pointer]],
    [260, [1, 3, ...pointer]],
  ];
  for (const [type, data] of cases) {
    assertEquals(isSound(type, Uint8Array.from(data)), false, `type ${type}`);
  }
});

Deno.test("Data of unknown types, and of types of IN in other classes, is taken as it is (RFC 3597)", () => {
  const odd = Uint8Array.of(0xc0, 0xff, 63, 1);
  for (
    const type of [10, 31, 32, 40, 54, 100, 128, 255, 263, 4096, 32_770, 65_280, 65_399, 65_535]
  ) {
    assertEquals([isSound(type, odd), isSound(type, new Uint8Array())], [true, true], `${type}`);
  }
  for (const type of [1, 28, 33, 35, 64]) {
    assertEquals(isSound(type, odd.subarray(0, 3), 77), true, `type ${type} of class 77`);
  }
  assertEquals(isSound(TYPE.A, Uint8Array.from([...HOST, 0, 1]), CLASS.CH), true);
  assertEquals(isSound(TYPE.A, Uint8Array.of(1, 2, 3, 4), 4), true);
  assertEquals(
    isSound(TYPE.MX, Uint8Array.of(0, 1), CLASS.CH),
    false,
    "names are followed in every class",
  );
  assertEquals(isSound(TYPE.TXT, Uint8Array.of(9, 97), CLASS.CH), true);
  for (const number of [CLASS.ANY, CLASS.NONE]) {
    assertEquals(isSound(TYPE.MX, new Uint8Array(), number), true, "nothing, as in an update");
  }
});
