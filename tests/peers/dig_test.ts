/** dig as client: the battery of RFC 8906, section 8, in front of unbound, and what dig does by habit. */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { type Answer, dig, run } from "../helpers/digging.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { startForwarder, startUnbound } from "../helpers/real_servers.ts";

interface Expectation {
  readonly args: string;
  readonly status: string;
  /** The SOA record is in the answer. */
  readonly soa?: boolean;
  /** The response has an OPT record, of version 0. */
  readonly opt?: boolean;
  /** DO is copied. */
  readonly dnssecOk?: boolean;
  readonly recursion?: boolean;
}

const BASIC = "+noedns +noad +norec";
const EDNS = "+edns=0 +nocookie +noad +norec";
const EDNS_1 = "+edns=1 +noednsneg +nocookie +noad +norec";

const BATTERY: Record<string, Expectation> = {
  "8.1.1 the zone": { args: `${BASIC} soa example`, status: "NOERROR", soa: true },
  "8.1.2 an unknown type": { args: `${BASIC} type1000 example`, status: "NOERROR" },
  "8.1.3 CD": { args: `${BASIC} +cd soa example`, status: "NOERROR", soa: true },
  "8.1.3 AD": { args: "+noedns +norec +ad soa example", status: "NOERROR", soa: true },
  "8.1.3 the reserved bit": { args: `${BASIC} +zflag soa example`, status: "NOERROR", soa: true },
  "8.1.4 an unknown opcode": { args: `${BASIC} +opcode=15 +header-only`, status: "NOTIMP" },
  "8.1.5 TCP": { args: `${BASIC} +tcp soa example`, status: "NOERROR", soa: true },
  "recursion": {
    args: "+noedns +noad +rec soa example",
    status: "NOERROR",
    soa: true,
    recursion: true,
  },
  "8.2.1 EDNS": { args: `${EDNS} soa example`, status: "NOERROR", soa: true, opt: true },
  "8.2.2 EDNS version 1": { args: `${EDNS_1} soa example`, status: "BADVERS", opt: true },
  "8.2.3 an unknown option": {
    args: `${EDNS} +ednsopt=100 soa example`,
    status: "NOERROR",
    soa: true,
    opt: true,
  },
  "8.2.4 an unknown flag": {
    args: `${EDNS} +ednsflags=0x40 soa example`,
    status: "NOERROR",
    soa: true,
    opt: true,
  },
  "8.2.5 version 1 and an unknown flag": {
    args: `${EDNS_1} +ednsflags=0x40 soa example`,
    status: "BADVERS",
    opt: true,
  },
  "8.2.6 version 1 and an unknown option": {
    args: `${EDNS_1} +ednsopt=100 soa example`,
    status: "BADVERS",
    opt: true,
  },
  "8.2.8 DO": {
    args: `${EDNS} +dnssec soa example`,
    status: "NOERROR",
    soa: true,
    opt: true,
    dnssecOk: true,
  },
  "8.2.9 version 1 and DO": {
    args: `${EDNS_1} +dnssec soa example`,
    status: "BADVERS",
    opt: true,
    dnssecOk: true,
  },
  "8.2.10 several options": {
    args: "+edns=0 +noad +norec +cookie +nsid +expire +subnet=0.0.0.0/0 soa example",
    status: "NOERROR",
    soa: true,
    opt: true,
  },
};

peerTest(["unbound", "dig"], "dig's battery of RFC 8906, section 8, passes", async () => {
  await using unbound = await startUnbound();
  await using program = await startForwarder(unbound.port);
  for (const [name, expectation] of Object.entries(BATTERY)) {
    const answer = await dig(program.address.port, ...expectation.args.split(" "));
    assertExpected(name, expectation, answer);
  }
});

function assertExpected(name: string, expectation: Expectation, answer: Answer): void {
  const { status, flags, answers, edns } = answer;
  const isSoa = answers.length === 1 && /^example\. \d+ IN SOA /.test(answers[0]);
  assertEquals(status, expectation.status, name);
  assertEquals(isSoa && flags.includes("aa"), expectation.soa ?? false, `${name}: SOA and AA`);
  assertEquals(flags.includes("rd"), expectation.recursion ?? false, `${name}: RD`);
  assertNotMatch(answer.text, /MBZ/, `${name}: reserved flags`);
  if (!expectation.opt) assertEquals(edns, "", name);
  // One line, so no option either: neither the unknown one nor a cookie.
  else assertMatch(edns, /^; EDNS: version: 0, flags:( do)?; udp: \d+$/, name);
  assertEquals(/flags: do;/.test(edns), expectation.dnssecOk ?? false, `${name}: DO`);
}

peerTest(
  ["unbound", "dig"],
  "dig without EDNS gets what fits into 512 octets with TC, then everything over TCP (RFC 2181, 9)",
  async () => {
    await using unbound = await startUnbound();
    await using program = await startForwarder(unbound.port);
    const { port } = program.address;
    const cut = await dig(port, "+noedns", "+ignore", "crowd.example");
    assert(cut.flags.includes("tc"));
    assert(cut.size <= 512);
    assert(cut.answers.length > 0);
    const all = await dig(port, "+noedns", "crowd.example");
    assertEquals(all.flags.includes("tc"), false);
    assertEquals(all.answers.length, 60);
    assertMatch(all.text, /\(TCP\)/);
  },
);

peerTest(
  ["unbound", "dig"],
  "dig gets the idle time of its TCP connection (RFC 7828)",
  async () => {
    await using unbound = await startUnbound();
    await using program = await startForwarder(unbound.port);
    const stream = await dig(program.address.port, "+tcp", "+keepalive", "one.example");
    const datagram = await dig(program.address.port, "+keepalive", "one.example");
    assertMatch(stream.edns, /TCP KEEPALIVE: [\d.]+ secs/);
    assertNotMatch(datagram.edns, /KEEPALIVE/);
  },
);

peerTest(["unbound", "dig"], "a zone transfer is refused", async () => {
  await using unbound = await startUnbound();
  await using program = await startForwarder(unbound.port);
  const text = await run("dig", ["+tries=1", "axfr", "example"], program.address.port);
  assertMatch(text, /Transfer failed/);
});
