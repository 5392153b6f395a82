import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseCommandLine } from "../../../lib/app/settings/command_line.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { parseFileSettings } from "../../../lib/app/settings/file/file_settings.ts";
import { formatTarget, parseUpstream } from "../../../lib/app/settings/upstream_uri.ts";

Deno.test("an upstream may be written in upper case, and with a dot at the end of its names", () => {
  const cases: [string, string][] = [
    ["tls://dns.quad9.net.", "tls://dns.quad9.net:853"],
    ["tls://DNS.Quad9.Net.:8853", "tls://dns.quad9.net:8853"],
    ["TLS://192.0.2.1#dns.quad9.net.", "tls://192.0.2.1:853#dns.quad9.net"],
    ["Tls://192.0.2.1#DNS.QUAD9.NET", "tls://192.0.2.1:853#dns.quad9.net"],
    ["TCP://127.0.0.1:5353", "tcp://127.0.0.1:5353"],
    ["UNIX:/run/Dns.sock", "unix:/run/Dns.sock"],
  ];
  for (const [uri, plain] of cases) assertEquals(formatTarget(parseUpstream(uri)), plain, uri);
  for (const uri of ["tls://dns.example..", "tls://192.0.2.1.", "tls://192.0.2.1#a.example.."]) {
    assertThrows(() => parseUpstream(uri), ConfigError, undefined, uri);
  }
});

const FORMS = "allowed are tls://ADDRESS[:853][#NAME][?OPTIONS], tls://NAME[:853][?OPTIONS], " +
  "tcp://ADDRESS:PORT and unix:PATH";

Deno.test("an upstream in the spelling of another program is told with the one that is meant", () => {
  const quad9 = "tls://9.9.9.9#dns.quad9.net";
  const cases: [string, string][] = [
    ["9.9.9.9", quad9],
    ["9.9.9.9:853", quad9],
    ["9.9.9.9:53", quad9],
    ["9.9.9.9@853", quad9],
    ["9.9.9.9@853#dns.quad9.net", quad9],
    ["tls://9.9.9.9@853#dns.quad9.net", quad9],
    ["9.9.9.9#853", quad9],
    ["tls:9.9.9.9", quad9],
    ["tls:/9.9.9.9", quad9],
    ["tls-9.9.9.9", quad9],
    ["dot://9.9.9.9", quad9],
    ["tls://user@9.9.9.9", quad9],
    ["tls:// 9.9.9.9", quad9],
    [" tls://9.9.9.9 ", quad9],
    ["tls://9.9.9.9/dns-query", quad9],
    ["9.9.9.9:8853", "tls://9.9.9.9:8853#dns.quad9.net"],
    ["[2620:fe::fe]@853#dns.quad9.net", "tls://[2620:fe::fe]#dns.quad9.net"],
    ["tls://[2620:fe::fe]@853#dns.quad9.net", "tls://[2620:fe::fe]#dns.quad9.net"],
    ["2620:fe::fe@853#dns.quad9.net", "tls://[2620:fe::fe]#dns.quad9.net"],
    ["2620:fe::fe", "tls://[2620:fe::fe]#dns.quad9.net"],
    ["dns.quad9.net", "tls://dns.quad9.net"],
    ["dns.quad9.net:853", "tls://dns.quad9.net"],
    ["tls:dns.quad9.net", "tls://dns.quad9.net"],
    ["tls-dns.quad9.net", "tls://dns.quad9.net"],
    ["192.0.2.1@853#dns.example", "tls://192.0.2.1#dns.example"],
    ["192.0.2.1", "tls://192.0.2.1"],
    ['"tls://9.9.9.9"', quad9],
    ["'9.9.9.9'", quad9],
    ["server=9.9.9.9#853", quad9],
    ["nameserver 9.9.9.9", quad9],
    ["DNS=9.9.9.9#dns.quad9.net", quad9],
    ["forward-addr: 9.9.9.9@853#dns.quad9.net", quad9],
    ["tls://dns.quad9.net@9.9.9.9", quad9],
    ["tls://dns.example@192.0.2.1", "tls://192.0.2.1#dns.example"],
    ["dns.b\u00fccher.example", "tls://dns.xn--bcher-kva.example"],
    ["/run/dns.sock", "unix:/run/dns.sock"],
    ["quad", "quad9"],
    ["quad 9", "quad9"],
    ["couldflare", "cloudflare"],
  ];
  for (const [uri, meant] of cases) {
    const { message } = assertThrows(() => parseUpstream(uri), ConfigError, undefined, uri);
    assertEquals(message, `--upstream "${uri}": did you mean ${meant}? ${FORMS}`);
    if (meant.includes(":")) parseUpstream(meant);
  }
  const dnsmasq = assertThrows(() => parseUpstream("tls://9.9.9.9#853"), ConfigError);
  assertStringIncludes(dnsmasq.message, `did you mean ${quad9}?`);
});

Deno.test("a name or address that none can have is told with the one that is meant", () => {
  const behind = "the part behind # must be the name in the certificate";
  const cases: [string, string, string][] = [
    [
      "tls://b\u00fccher.example",
      "tls://xn--bcher-kva.example",
      '"b\u00fccher.example" is neither',
    ],
    ["tls://192.0.2.1#b\u00fccher.example", "tls://192.0.2.1#xn--bcher-kva.example", behind],
    ["tls://dns.example#192.0.2.1", "tls://192.0.2.1#dns.example", behind],
    ["tls://192.0.2.1 # dns.example", "tls://192.0.2.1#dns.example", behind],
    ["tls://192.0.2.1##dns.example", "tls://192.0.2.1#dns.example", behind],
    ["tls://192.0.2.1;", "tls://192.0.2.1", '"192.0.2.1;" is neither'],
    ['tls://"192.0.2.1"', "tls://192.0.2.1", '""192.0.2.1"" is neither'],
  ];
  for (const [uri, meant, reason] of cases) {
    const { message } = assertThrows(() => parseUpstream(uri), ConfigError, undefined, uri);
    assertStringIncludes(message, `--upstream "${uri}": did you mean ${meant}? ${reason}`);
    parseUpstream(meant);
  }
  for (const uri of ["tls://192.0.2.1#a..b", "tls://192.0.2.1#a b", "tls://192.0.2.1#a#b"]) {
    assertEquals(assertThrows(() => parseUpstream(uri), ConfigError).allowed, behind, uri);
  }
});

Deno.test("several resolvers in one setting are told to be given one by one", () => {
  const cases = [
    "tls://9.9.9.9,tls://1.1.1.1",
    "tls://9.9.9.9 tls://1.1.1.1",
    "tls://9.9.9.9,1.1.1.1",
    "9.9.9.9; 149.112.112.112",
    "quad9, cloudflare",
    "tls://9.9.9.9#dns.quad9.net tls://1.1.1.1#one.one.one.one",
  ];
  for (const uri of cases) {
    const { allowed } = assertThrows(() => parseUpstream(uri), ConfigError, undefined, uri);
    assertStringIncludes(allowed, "expected one resolver: give each an --upstream of its own");
  }
  const one = "9.9.9.9?before-time-sync=a.example,b.example";
  assertStringIncludes(assertThrows(() => parseUpstream(one), ConfigError).message, "did you mean");
});

Deno.test("query tells those who write @RESOLVER, as for dig, of --upstream", () => {
  const cases: [string, string][] = [
    ["@9.9.9.9", "--upstream tls://9.9.9.9#dns.quad9.net"],
    ["@dns.google", "--upstream tls://dns.google"],
    ["@192.0.2.1", "--upstream URI"],
  ];
  for (const [word, meant] of cases) {
    for (const words of [[word, "example.com"], ["example.com", "A", word]]) {
      const args = ["query", ...words, "--upstream", "quad9"];
      const { message } = assertThrows(() => parseCommandLine(args), ConfigError);
      assertEquals(message, `Argument "${word}": not expected; the resolver is named by ${meant}`);
    }
  }
});

Deno.test("a way to ask that is not supported is named, with DNS over TLS of the same resolver where that is known", () => {
  const cases: [string, string, string | undefined][] = [
    ["https://dns.quad9.net/dns-query", "DNS over HTTPS", "tls://dns.quad9.net"],
    ["HTTPS://1.1.1.1/dns-query{?dns}", "DNS over HTTPS", "tls://1.1.1.1#one.one.one.one"],
    ["https://dns.google:443/dns-query", "DNS over HTTPS", "tls://dns.google"],
    ["h3://cloudflare-dns.com/dns-query", "DNS over HTTP/3", "tls://cloudflare-dns.com"],
    ["quic://dns.adguard-dns.com", "DNS over QUIC", "tls://dns.adguard-dns.com"],
    ["doq://dns.adguard-dns.com:853", "DNS over QUIC", "tls://dns.adguard-dns.com"],
    ["udp://8.8.8.8", "DNS over UDP", "tls://8.8.8.8#dns.google"],
    ["udp://8.8.8.8:53", "DNS over UDP", "tls://8.8.8.8#dns.google"],
    ["https://dns.example/dns-query", "DNS over HTTPS", undefined],
    ["sdns://AgcAAAAAAAAABzkuOS45LjkA", "a DNS stamp", undefined],
  ];
  for (const [uri, what, meant] of cases) {
    const { message } = assertThrows(() => parseUpstream(uri), ConfigError, undefined, uri);
    const advice = meant === undefined ? FORMS : `did you mean ${meant}?`;
    assertEquals(message, `--upstream "${uri}": ${what} is not supported yet; ${advice}`);
  }
});

function upstreams(args: string[], text?: string): string[] {
  const file = text === undefined ? undefined : parseFileSettings("/etc/dnsfwd.toml", text);
  const command = parseCommandLine(args, { file });
  assert(command.name === "run" || command.name === "query");
  const { upstreams } = command.name === "run" ? command.config : command;
  return upstreams.map(formatTarget);
}

Deno.test("the best known resolvers may be written by name, and are asked over IPv4 and IPv6", () => {
  const quad9 = ["tls://9.9.9.9:853#dns.quad9.net", "tls://[2620:fe::fe]:853#dns.quad9.net"];
  assertEquals(upstreams(["--upstream", "quad9"]), quad9);
  assertEquals(upstreams(["--upstream=Quad9"]), quad9);
  assertEquals(upstreams(["query", "example.com", "--upstream", "quad9"]), quad9);
  assertEquals(upstreams([], 'upstream = "quad9"'), quad9);
  const names = ["cloudflare", "google", "adguard", "mullvad"];
  const all = upstreams(names.flatMap((name) => ["--upstream", name]));
  assertEquals(new Set(all).size, 8);
  for (
    const server of ["one.one.one.one", "dns.google", "dns.adguard-dns.com", "dns.mullvad.net"]
  ) {
    assertEquals(all.filter((each) => each.endsWith(`#${server}`)).length, 2, server);
  }
});

Deno.test("options behind a resolver's name hold for each of its addresses, and mistakes name its place", () => {
  const command = parseCommandLine(["--upstream", "quad9?ca=a.pem"], { directory: "/srv" });
  assert(command.name === "run");
  for (const target of command.config.upstreams) {
    assertEquals(target.transport === "tls" && target.identity?.caFiles, ["/srv/a.pem"]);
  }
  assertEquals(command.places.upstream?.length, 2);
  const text = 'upstream = ["quad9",\n"tls://9.9.9.9#dns.quad9.net"]';
  assertThrows(() => upstreams([], text), ConfigError, "/etc/dnsfwd.toml:2: upstream");
  const starter = parseCommandLine(["start", "--upstream", "quad9?ca=a.pem"], {
    directory: "/srv",
  });
  assert(starter.name === "start");
  assertEquals(starter.args, ["--upstream=quad9?ca=/srv/a.pem"]);
});

Deno.test("doctor examines the first address of a resolver given by name", () => {
  for (const args of [["quad9"], ["--upstream", "quad9"]]) {
    const command = parseCommandLine(["doctor", ...args]);
    assert(command.name === "doctor");
    assertEquals(formatTarget(command.upstream), "tls://9.9.9.9:853#dns.quad9.net");
  }
});
