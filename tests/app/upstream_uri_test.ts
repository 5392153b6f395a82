import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../lib/app/config_error.ts";
import { formatTarget, parseUpstream, shortName } from "../../lib/app/upstream_uri.ts";
import type { Target } from "../../lib/net/dial.ts";

function tls(hostname: string, port: number, serverName: string): Target {
  return { transport: "tls", hostname, port, serverName };
}

/** What is written, what it means, as logs write it, and in short. */
const GOOD: readonly [string, Target, string, string][] = [
  [
    "tls://192.0.2.1#dns.example",
    tls("192.0.2.1", 853, "dns.example"),
    "tls://192.0.2.1:853#dns.example",
    "dns.example",
  ],
  [
    "tls://192.0.2.1:8853#dns.example",
    tls("192.0.2.1", 8853, "dns.example"),
    "tls://192.0.2.1:8853#dns.example",
    "dns.example",
  ],
  ["tls://192.0.2.1", tls("192.0.2.1", 853, "192.0.2.1"), "tls://192.0.2.1:853", "192.0.2.1"],
  [
    "tls://dns.example",
    tls("dns.example", 853, "dns.example"),
    "tls://dns.example:853",
    "dns.example",
  ],
  [
    "tls://dns.example:8853",
    tls("dns.example", 8853, "dns.example"),
    "tls://dns.example:8853",
    "dns.example",
  ],
  [
    "tls://[2001:db8::1]#dns.example",
    tls("2001:db8::1", 853, "dns.example"),
    "tls://[2001:db8::1]:853#dns.example",
    "dns.example",
  ],
  [
    "tls://[2001:db8::1]:8853",
    tls("2001:db8::1", 8853, "2001:db8::1"),
    "tls://[2001:db8::1]:8853",
    "2001:db8::1",
  ],
  [
    "tls://2001:db8::1",
    tls("2001:db8::1", 853, "2001:db8::1"),
    "tls://[2001:db8::1]:853",
    "2001:db8::1",
  ],
  [
    "tcp://127.0.0.1:5353",
    { transport: "tcp", hostname: "127.0.0.1", port: 5353 },
    "tcp://127.0.0.1:5353",
    "127.0.0.1:5353",
  ],
  [
    "tcp://[::1]:53",
    { transport: "tcp", hostname: "::1", port: 53 },
    "tcp://[::1]:53",
    "[::1]:53",
  ],
  [
    "unix:/run/dns.sock",
    { transport: "unix", path: "/run/dns.sock" },
    "unix:/run/dns.sock",
    "socket",
  ],
  [
    "unix:///run/dns.sock",
    { transport: "unix", path: "/run/dns.sock" },
    "unix:/run/dns.sock",
    "socket",
  ],
  ["unix:dns.sock", { transport: "unix", path: "dns.sock" }, "unix:dns.sock", "socket"],
];

Deno.test("parseUpstream() takes TLS, TCP and Unix sockets (RFC 7858, 3.1; DOT-01)", () => {
  for (const [uri, target] of GOOD) assertEquals(parseUpstream(uri), target, uri);
});

Deno.test("formatTarget() is read back by parseUpstream(); shortName() is what fits into an extended error", () => {
  for (const [uri, target, text, short] of GOOD) {
    assertEquals([formatTarget(target), shortName(target)], [text, short], uri);
    assertEquals(parseUpstream(text), target, uri);
  }
});

const FORMS =
  "allowed are tls://ADDRESS[:853][#NAME], tls://NAME[:853], tcp://ADDRESS:PORT and unix:PATH";
const NAME = "the part behind # must be the name in the certificate";
const CLEAR = "port 53 is for DNS in the clear; DNS over TLS uses 853";

const BAD: readonly [string, string][] = [
  ["", FORMS],
  ["192.0.2.1", FORMS],
  ["https://dns.example/dns-query", FORMS],
  ["TLS://192.0.2.1", FORMS],
  ["tls:192.0.2.1", FORMS],
  ["tls://", FORMS],
  ["tls://:853", FORMS],
  ["tls://dns.example/path", FORMS],
  ["tls://user@dns.example", FORMS],
  ["tls:// dns.example", FORMS],
  ["unix:", FORMS],
  ["tls://192.0.2.1:53", CLEAR],
  ["tls://dns.example:53", CLEAR],
  ["tls://192.0.2.1#", NAME],
  ["tls://192.0.2.1#a#b", NAME],
  ["tls://192.0.2.1#192.0.2.1", NAME],
  ["tls://192.0.2.1#not a name", NAME],
  ["tls://192.0.2.1:0", 'port "0" is not a number from 1 to 65535'],
  ["tls://192.0.2.1:65536", 'port "65536" is not a number from 1 to 65535'],
  ["tls://192.0.2.1:dot", 'port "dot" is not a number from 1 to 65535'],
  ["tls://192.0.2.1:", 'port "" is not a number from 1 to 65535'],
  ["tls://192.0.2.256", '"192.0.2.256" is neither an address nor a name'],
  ["tls://-dns.example", '"-dns.example" is neither an address nor a name'],
  ["tls://dns..example", '"dns..example" is neither an address nor a name'],
  [
    `tls://${"a".repeat(64)}.example`,
    `"${"a".repeat(64)}.example" is neither an address nor a name`,
  ],
  ["tcp://127.0.0.1", "the port is missing, as in tcp://127.0.0.1:5353"],
  ["tcp://localhost:53", '"localhost" is not an IPv4 or [IPv6] address'],
  ["tcp://127.0.0.1:0", 'port "0" is not a number from 1 to 65535'],
];

Deno.test("parseUpstream() says what is wrong and what is allowed (DOT-01)", () => {
  for (const [uri, allowed] of BAD) {
    const error = assertThrows(() => parseUpstream(uri), ConfigError, undefined, uri);
    assertEquals(error.message, `--upstream "${uri}": ${allowed}`);
  }
});
