/**
 * The commands of RFC 8906, section 8, in front of an upstream that answers as a server of the zone does. One
 * dig at a time: two may ask from the same port (SO_REUSEPORT), and one gets the answer of the other.
 */

import { assertEquals, assertLessOrEqual, assertMatch, assertNotMatch } from "@std/assert";
import { type Answer, dig } from "../helpers/digging.ts";
import { FLAG, type RecordInput, TYPE } from "../helpers/message.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { startScenario } from "../helpers/scenario.ts";
import type { Query } from "../helpers/upstream_connection.ts";

const ZONE = "example";
const DNSKEY = 48;
const SOA: RecordInput = {
  name: ZONE,
  type: TYPE.SOA,
  data: [{ name: "ns.example" }, { name: "hostmaster.example" }, new Uint8Array(20)],
};
/** More than 512 octets. */
const KEYS: RecordInput[] = [1, 2, 3].map((number) => ({
  name: ZONE,
  type: DNSKEY,
  data: Uint8Array.of(1, 0, 3, 8, ...new Uint8Array(260).fill(number)),
}));

interface Expectation {
  /** As in the RFC, without zone and server. */
  readonly args: string;
  readonly status: "NOERROR" | "NOTIMP" | "BADVERS";
  /** The SOA record is the answer; otherwise there is none. */
  readonly soa?: boolean;
  /** The response has an OPT record, of version 0. */
  readonly opt?: boolean;
  /** DO is copied. */
  readonly dnssecOk?: boolean;
  readonly recursion?: boolean;
  readonly truncated?: boolean;
  /** What else dig prints. */
  readonly text?: RegExp;
}

const BASIC = "+noedns +noad +norec";
const EDNS = "+nocookie +edns=0 +noad +norec";
const EDNS_1 = "+nocookie +edns=1 +noednsneg +noad +norec";

const BATTERY: Record<string, Expectation> = {
  "8.1.1 the zone": { args: `${BASIC} soa`, status: "NOERROR", soa: true },
  "8.1.2 an unknown type": { args: `${BASIC} type1000`, status: "NOERROR" },
  "8.1.3.1 CD": { args: `${BASIC} +cd soa`, status: "NOERROR", soa: true },
  "8.1.3.2 AD": { args: "+noedns +norec +ad soa", status: "NOERROR", soa: true },
  "8.1.3.3 the reserved bit": { args: `${BASIC} +zflag soa`, status: "NOERROR", soa: true },
  "8.1.3.4 recursion": {
    args: "+noedns +noad +rec soa",
    status: "NOERROR",
    soa: true,
    recursion: true,
  },
  "8.1.4 an unknown opcode": {
    args: "+noedns +noad +opcode=15 +norec +header-only",
    status: "NOTIMP",
    text: /opcode: RESERVED15,[^]*QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0$/m,
  },
  "8.1.5 TCP": { args: `${BASIC} +tcp soa`, status: "NOERROR", soa: true, text: /\(TCP\)$/m },
  "8.2.1 EDNS": { args: `${EDNS} soa`, status: "NOERROR", soa: true, opt: true },
  "8.2.2 version 1": { args: `${EDNS_1} soa`, status: "BADVERS", opt: true },
  "8.2.3 an unknown option": {
    args: `${EDNS} +ednsopt=100 soa`,
    status: "NOERROR",
    soa: true,
    opt: true,
  },
  "8.2.4 an unknown flag": {
    args: `${EDNS} +ednsflags=0x40 soa`,
    status: "NOERROR",
    soa: true,
    opt: true,
  },
  "8.2.5 version 1 and an unknown flag": {
    args: `${EDNS_1} +ednsflags=0x40 soa`,
    status: "BADVERS",
    opt: true,
  },
  "8.2.6 version 1 and an unknown option": {
    args: `${EDNS_1} +ednsopt=100 soa`,
    status: "BADVERS",
    opt: true,
  },
  "8.2.7 a truncated response": {
    args: "+norec +dnssec +bufsize=512 +ignore dnskey",
    status: "NOERROR",
    opt: true,
    dnssecOk: true,
    truncated: true,
  },
  "8.2.8 DO": {
    args: `${EDNS} +dnssec soa`,
    status: "NOERROR",
    soa: true,
    opt: true,
    dnssecOk: true,
  },
  "8.2.9 version 1 and DO": {
    args: `${EDNS_1} +dnssec soa`,
    status: "BADVERS",
    opt: true,
    dnssecOk: true,
  },
  "8.2.10 several options": {
    args: "+edns=0 +noad +norec +cookie +nsid +expire +subnet=0.0.0.0/0 soa",
    status: "NOERROR",
    soa: true,
    opt: true,
  },
};

peerTest(["dig"], "dig's battery of RFC 8906, section 8, passes (EDNS-11)", async () => {
  await using scenario = await startScenario({ script: answerAsAuthority });
  for (const [name, expectation] of Object.entries(BATTERY)) {
    const zone = expectation.args.includes("+header-only") ? [] : [ZONE];
    const args = [...expectation.args.split(" "), ...zone];
    assertExpected(name, expectation, await dig(scenario.program.address.port, ...args));
  }
  const forwarded = Object.values(BATTERY).filter(({ status }) => status === "NOERROR");
  assertEquals(scenario.upstream.queries.length, forwarded.length, "errors are answered here");
});

/** A server of the zone: AA in all that it says, nothing of types it does not have. */
function answerAsAuthority(query: Query): Promise<void> {
  const records: Record<number, RecordInput[]> = { [TYPE.SOA]: [SOA], [DNSKEY]: KEYS };
  return query.answer({ moreFlags: FLAG.AA, answers: records[query.type] ?? [] });
}

function assertExpected(name: string, expectation: Expectation, answer: Answer): void {
  const { status, flags, edns } = answer;
  const { opt = false, dnssecOk = false, recursion = false, truncated = false } = expectation;
  assertEquals(status, expectation.status, name);
  assertEquals(flags.includes("aa"), status === "NOERROR", `${name}: AA`);
  assertEquals(flags.includes("rd"), recursion, `${name}: RD`);
  assertEquals(flags.includes("tc"), truncated, `${name}: TC`);
  const soa = answer.answers.filter((record) => /^example\. \d+ IN SOA /.test(record));
  assertEquals(soa.length, expectation.soa ? 1 : 0, `${name}: SOA`);
  assertEquals(answer.answers, soa, `${name}: other answers`);
  // One line, so no option either: neither the unknown one nor a cookie.
  assertMatch(edns, opt ? /^; EDNS: version: 0, flags:( do)?; udp: \d+$/ : /^$/, name);
  assertEquals(/flags: do;/.test(edns), dnssecOk, `${name}: DO`);
  assertNotMatch(answer.text, /MBZ/, `${name}: reserved flags`);
  assertMatch(answer.text, expectation.text ?? /^/, name);
  if (truncated) assertLessOrEqual(answer.size, 512, name);
}
