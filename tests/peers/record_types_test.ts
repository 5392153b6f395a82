/** Every record type that a server knows, from a zone file by way of the program: none may be taken for malformed. */

import { assertEquals, assertGreater, assertNotMatch } from "@std/assert";
import { run } from "../helpers/digging.ts";
import { startProgram } from "../helpers/program.ts";
import { peerTest, RealPeer } from "../helpers/real_peer.ts";

const KEY = "AQMFD5raczCJHViKtLYhWGz8hMY9UGRuniJDBzC7w0aRyzWZriO6i2odGWWQVucZqKVsENW91IOW4vqudngP";
const SIGNED = "1 3 3600 20000102030405 19961211100908 2143 foo.example.";
const SHA1 = "310D27F4D82C1FC2400704EA9939FE6E1CEAA3B9";

/** Type and data; names in them end in `example.`, as those of servers mostly do, so that they are compressed. */
const RECORDS: readonly string[] = [
  ...["A 192.0.2.1", "AAAA 2001:db8::1", "CNAME a", "PTR a", "DNAME other", "DNAME ."],
  ...["MB a", "MG a", "MR a", "MINFO a b", "MX 10 a", "MX 0 .", "RP a b", "RP . .", "AFSDB 0 a"],
  ...["WKS 192.0.2.1 tcp telnet 0 1 2", "HINFO PC Unix", `HINFO "" ""`, "X25 123456789"],
  ...[
    `TXT "foo"`,
    `TXT "" "" "\\000\\255"`,
    `TXT ""`,
    `SPF "v=spf1 -all"`,
    "NINFO foo bar",
    "AVC foo",
  ],
  ...[`ISDN "address" "sub"`, `ISDN "address"`, "RT 0 a", "NSAP 0x47.0005.80.01", "NSAP-PTR a"],
  ...[`KEY 512 255 1 ${KEY}`, "KEY 49152 255 1", `RKEY 0 255 1 ${KEY}`, `SIG NXT ${SIGNED} ${KEY}`],
  ...["PX 65535 a b", "GPOS -22.6882 116.8652 250.0", "LOC 60 9 N 24 39 E 10 20 2000 20"],
  ...["NXT a NS SOA MX SIG KEY LOC NXT", "SRV 0 0 0 .", "SRV 1 2 65535 a", `NAPTR 0 0 "" "" "" .`],
  ...[`NAPTR 100 50 "s" "http" "!^.*$!sip:a@example!" a`, "KX 10 a", `CERT 65534 65535 254 ${KEY}`],
  ...["A6 0 2001:db8::1", "A6 64 ::1 a", "A6 128 a", "SINK 8 0 2 l4ik", "APL", "TALINK . a"],
  ...["APL !1:10.0.0.1/32 1:10.0.0.0/24 2:FF00::/8", "EID 12 89 AB", "NIMLOC 12 89 AB"],
  ...[`SSHFP 1 1 ${SHA1}`, "SSHFP 1 3 AABBCC", "TYPE44 \\# 2 0403", `CDS 30795 1 1 ${SHA1}`],
  ...["CDS 0 0 0 00", "CDNSKEY 0 3 0 AA==", `CDNSKEY 512 3 1 ${KEY}`, `TA 30795 1 1 ${SHA1}`],
  ...[`DLV 30795 1 1 ${SHA1}`, "IPSECKEY 10 0 2 . AQNR", "IPSECKEY 10 1 2 192.0.2.38 AQNR"],
  ...["IPSECKEY 10 2 2 2001:db8::1 AQNR", "IPSECKEY 10 3 2 a AQNR", `RRSIG NSEC ${SIGNED} ${KEY}`],
  ...[`DNSKEY 512 3 1 ${KEY}`, "DHCID AAIBY2/AuCc=", "DHCID AAAB", `TLSA 3 1 1 ${SHA1}`],
  ...["TLSA 255 255 255 00", "SMIMEA 1 0 0 AABB", `HIP 2 200100107B1A74DF ${KEY}`],
  ...[
    `HIP 2 200100107B1A74DF ${KEY} a b`,
    `OPENPGPKEY ${KEY}`,
    "CSYNC 0 0 A NS AAAA",
    "CSYNC 66 3",
  ],
  ...["ZONEMD 2018031500 1 240 e2d523f654b9422a96c5a8f44607bbee", "NSEC a A TYPE65534 RRSIG"],
  ...["NSEC3PARAM 1 0 0 -", "NSEC3PARAM 1 0 1 aabb", "SVCB 0 .", "SVCB 0 a", "SVCB 1 . port=60"],
  ...["SVCB 1 a alpn=h2,h3 no-default-alpn port=443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=::1"],
  ...[`SVCB 1 . key667=hello key65333="ex1"`, "SVCB 1 a alpn=dot,h2 dohpath=/dns-query{?dns}"],
  ...[
    "HTTPS 0 a",
    "HTTPS 1 .",
    "HTTPS 1 . alpn=h2",
    "HTTPS 16 a mandatory=alpn,ipv6hint alpn=h3 ipv6hint=::1",
  ],
  ...["NID 10 14:4fff:ff20:ee64", "L32 10 10.1.2.3", "L64 10 14:4fff:ff20:ee64", "LP 10 a"],
  ...[
    "EUI48 01-23-45-67-89-ab",
    "EUI64 01-23-45-67-89-ab-cd-ef",
    `URI 10 20 "https://a/"`,
    `URI 1 2 ""`,
  ],
  ...[`CAA 0 issue "a"`, `CAA 128 tbs ""`, `DOA 1 2 1 "image/gif" R0lG`, `DOA 0 1 2 "" -`],
  ...["AMTRELAY 0 0 0 .", "AMTRELAY 0 1 1 192.0.2.1", "AMTRELAY 0 0 2 ::", "AMTRELAY 0 1 3 a"],
  ...[
    "AMTRELAY \\# 3 0004AA",
    "NULL \\# 0",
    "TYPE34 \\# 5 0061626364",
    "TYPE66 \\# 8 003B0114EB016100",
  ],
  ...[
    "TYPE261 \\# 5 0461626364",
    "TYPE262 \\# 5 0461626364",
    "TYPE65280 \\# 0",
    "TYPE65280 \\# 1 AA",
  ],
];

async function startAuthority(): Promise<RealPeer> {
  const lines = RECORDS.map((record, index) => `r${index} ${record}`);
  return await RealPeer.start((port) => ({
    program: "named",
    args: ["-g", "-n", "1", "-c", "named.conf"],
    files: {
      "named.conf": `
controls { };
options {
  directory ".";
  pid-file none;
  session-keyfile none;
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
  notify no;
};
zone "." { type primary; file "root.zone"; };
zone "example" { type primary; file "example.zone"; check-names ignore; check-integrity no; };`,
      "root.zone": "$TTL 300\n. SOA . . 1 2 3 4 5\n. NS ns.invalid.\n",
      "example.zone": `$TTL 300\n$ORIGIN example.\n@ SOA a b 1 2 3 4 5\n@ NS ns.invalid.\n${
        lines.join("\n")
      }\n`,
    },
    probe: ["+tcp"],
  }));
}

peerTest(
  ["named", "dig"],
  "a client gets a record of every type that a name server serves as if it had asked that",
  async () => {
    await using named = await startAuthority();
    const args = ["--listen", "127.0.0.1:0", "--upstream", `tcp://127.0.0.1:${named.port}`];
    await using program = await startProgram(args);
    const questions = await Deno.makeTempFile();
    try {
      const lines = RECORDS.map((record, index) => `r${index}.example ${record.split(" ")[0]}`);
      await Deno.writeTextFile(questions, `${lines.join("\n")}\n`);
      // What dig takes for malformed is no answer to it.
      const options = ["+noall", "+answer", "+nobesteffort", "+tries=1", "-f", questions];
      const direct = await run("dig", options, named.port);
      assertGreater(direct.split("\n").length, RECORDS.length);
      assertNotMatch(direct, /bad packet|malformed/i);
      for (const transport of ["+notcp", "+tcp"]) {
        assertEquals(await run("dig", [transport, ...options], program.address.port), direct);
      }
    } finally {
      await Deno.remove(questions);
    }
  },
);
