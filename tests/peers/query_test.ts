/** The command `query` against real servers, and beside dig, which prints the same. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runTrusting } from "../helpers/commands.ts";
import { dig, parseAnswer } from "../helpers/digging.ts";
import { freePort, PEER_NAME, peerTest, peerTrust } from "../helpers/real_peer.ts";
import { startDnsdist, startUnbound } from "../helpers/real_servers.ts";

/** One record of each type, as zone files have it. */
const RECORDS = [
  "A 192.0.2.1",
  "AAAA 2001:db8:0:0:1::1",
  'CAA 128 issue "ca.example; a=b"',
  "CNAME a\\.b.example.",
  "DS 4711 13 200 ABCDEF",
  "DNSKEY 257 3 13 AQIDBAUGBwg=",
  'HINFO "a b" "c"',
  'HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1',
  "MX 10 mail.example.",
  'NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp.example.',
  "NSEC b.example. A MX RRSIG NSEC HTTPS",
  "NSEC3 1 0 5 AABB 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG",
  "RRSIG A 13 2 300 20230912060656 20230302014640 4711 example. AQIDBAUGBwg=",
  "SRV 1 2 853 s.example.",
  "SSHFP 4 1 123456789ABCDEF67890123456789ABCDEF67890",
  "SVCB 0 svc.example.",
  "TLSA 3 1 1 ABCDEF",
  'TXT "a \\"text\\"" "\\195\\188"',
  "TYPE4711 \\# 3 0A0B0C",
].map((text) => ({ type: text.split(" ")[0], text }));

/** A hash, as dig takes no other name for NSEC3. */
const HASHED = "2T7B4G4VSA5SMI47K61MV5BV1A22BOJR.types.example";
const ZONE = RECORDS.map(({ type, text }) => `local-data: '${owner(type)}. 300 ${text}'`);

function owner(type: string): string {
  return type === "NSEC3" ? HASHED : `${type}.types.example`;
}

async function query(port: number, ...args: string[]) {
  const uri = `tls://127.0.0.1:${port}#${PEER_NAME}`;
  return await runTrusting((await peerTrust()).authority, "query", "--upstream", uri, ...args);
}

peerTest(["unbound"], "query prints what unbound answers, exit code 0", async () => {
  await using unbound = await startUnbound();
  const { code, stdout, stderr } = await query(unbound.port, "one.example");
  assertEquals([code, stderr], [0, ""]);
  const { status, flags, answers, text } = parseAnswer(stdout);
  assertEquals([status, answers], ["NOERROR", ["one.example. 300 IN A 192.0.2.1"]]);
  assertEquals(flags, ["qr", "aa", "rd", "ra"]);
  assertMatch(text, /^;; Query time: [\d.]+ msec \(and [\d.]+ msec to connect\)$/m);
  assertStringIncludes(text, `\n;; SERVER: tls://127.0.0.1:${unbound.port}#${PEER_NAME}\n`);
  assertMatch(text, /^;; MSG SIZE {2}rcvd: \d+$/m);
});

peerTest(["unbound"], "query prints NXDOMAIN with the SOA record, exit code 0", async () => {
  await using unbound = await startUnbound();
  const { code, stdout } = await query(unbound.port, "no-such-name.example.", "mx");
  const { status, authorities } = parseAnswer(stdout);
  assertEquals([code, status], [0, "NXDOMAIN"]);
  const soa = "example. 300 IN SOA ns.example. hostmaster.example. 1 3600 900 604800 300";
  assertEquals(authorities, [soa]);
});

peerTest(["unbound", "dig"], "query prints records of every type as dig does", async () => {
  await using unbound = await startUnbound({
    server: `module-config: "iterator"\n  ${ZONE.join("\n  ")}`,
  });
  for (const { type } of RECORDS) {
    const question = [owner(type), type];
    const expected = await dig(unbound.port, "+tls", "+nosplit", ...question);
    const { answers } = parseAnswer((await query(unbound.port, ...question)).stdout);
    assertEquals(answers, expected.answers, type);
    assertEquals(answers.length, 1, type);
  }
});

peerTest(["unbound", "dnsdist"], "query prints SERVFAIL, and asks each upstream", async () => {
  await using unbound = await startUnbound({ plain: true });
  const lines = `addAction("one.example.", RCodeAction(DNSRCode.SERVFAIL))`;
  await using dnsdist = await startDnsdist(unbound.port, { lines });
  const second = `tcp://127.0.0.1:${unbound.port}`;
  const { code, stdout } = await query(dnsdist.port, "one.example", "--upstream", second);
  const [first, last] = stdout.split("\n\n;; ->>").map(parseAnswer);
  assertEquals([code, first.status, last.status], [0, "SERVFAIL", "NOERROR"]);
  assertEquals(last.answers, ["one.example. 300 IN A 192.0.2.1"]);
  assertStringIncludes(last.text, `\n;; SERVER: ${second}\n`);
});

peerTest(["unbound"], "query says in plain words why no response came, exit code 1", async () => {
  await using unbound = await startUnbound();
  const { authority } = await peerTrust();
  const port = freePort();
  const cases = [
    [
      `tls://127.0.0.1:${unbound.port}#other.test`,
      "certificate is for another name; it is for dns.test, 127.0.0.1",
    ],
    [`tls://127.0.0.1:${port}#${PEER_NAME}`, "connection refused"],
    [`tcp://127.0.0.1:${port}`, "connection refused"],
  ];
  for (const [uri, reason] of cases) {
    const exit = await runTrusting(authority, "query", "one.example", "--upstream", uri);
    assertEquals([exit.code, exit.stdout], [1, ""]);
    assertEquals(exit.stderr, `dnsfwd: No answer from ${uri}: ${reason}\n`);
  }
});

peerTest(
  ["unbound"],
  "query prints the answer of the upstream that responds, exit code 0",
  async () => {
    await using unbound = await startUnbound();
    const dead = `tcp://127.0.0.1:${freePort()}`;
    const { code, stdout, stderr } = await query(unbound.port, "one.example", "--upstream", dead);
    assertEquals([code, parseAnswer(stdout).status], [0, "NOERROR"]);
    assertStringIncludes(stderr, `No answer from ${dead}: connection refused`);
  },
);
