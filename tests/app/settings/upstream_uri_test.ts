import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { formatTarget, parseUpstream, shortName } from "../../../lib/app/settings/upstream_uri.ts";
import type { Target } from "../../../lib/net/dial.ts";
import type { Identity } from "../../../lib/net/identity.ts";
import { nameOctets } from "../../helpers/name.ts";

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

const PIN = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const OTHER_PIN = `${"A".repeat(43)}=`;

/** What stands behind `tls://192.0.2.1`, the name to verify, and what is special about it. */
const WITH_OPTIONS: readonly [string, string, Partial<Identity> | undefined][] = [
  [`?pin=sha256:${PIN}`, "192.0.2.1", { pins: [PIN] }],
  [`#dns.example?pin=sha256:${PIN}`, "dns.example", { pins: [PIN] }],
  [`?pin=sha256:${PIN}#dns.example`, "dns.example", { pins: [PIN] }],
  [`:8853?pin=sha256:${PIN}&pin=sha256:${OTHER_PIN}`, "192.0.2.1", { pins: [PIN, OTHER_PIN] }],
  [`?pin=sha256:${encodeURIComponent(PIN)}`, "192.0.2.1", { pins: [PIN] }],
  ["#dns.example?ca=/etc/a.pem&ca=b.pem", "dns.example", { caFiles: ["/etc/a.pem", "b.pem"] }],
  ["?ca=a%23%26b=c.pem#dns.example", "dns.example", { caFiles: ["a#&b=c.pem"] }],
  ["#dns.example?ca=a?b.pem", "dns.example", { caFiles: ["a?b.pem"] }],
  ["?cert=c.pem&key=k.pem", "192.0.2.1", { certFile: "c.pem", keyFile: "k.pem" }],
  ["?profile=opportunistic", "192.0.2.1", { isAuthenticated: false }],
  [
    "?profile=opportunistic&cert=c.pem&key=k.pem",
    "192.0.2.1",
    { isAuthenticated: false, certFile: "c.pem", keyFile: "k.pem" },
  ],
  [`?profile=strict&pin=sha256:${PIN}`, "192.0.2.1", { pins: [PIN] }],
  ["#dns.example?profile=strict", "dns.example", undefined],
];

Deno.test("parseUpstream() takes the identity of an upstream behind a ?, before or after the name (RFC 8310, 5; DOT-15)", () => {
  const none = {
    pins: [],
    isAuthenticated: true,
    caFiles: [],
    certFile: undefined,
    keyFile: undefined,
  };
  for (const [text, serverName, identity] of WITH_OPTIONS) {
    const target = parseUpstream(`tls://192.0.2.1${text}`);
    const port = text.startsWith(":8853") ? 8853 : 853;
    const plain = tls("192.0.2.1", port, serverName);
    const expected = identity ? { ...plain, identity: { ...none, ...identity } } : plain;
    assertEquals(target, expected, text);
    assertEquals(formatTarget(target), formatTarget(plain), "logs do without");
  }
});

const KEYS = "the part behind ? may have pin=sha256:BASE64, ca=FILE, cert=FILE with key=FILE, " +
  "profile=strict or opportunistic, and before-time-sync=NAME,..., with & between them";
const PAIR = "cert=FILE and key=FILE belong together";
const NOBODY = "profile=opportunistic authenticates nobody: leave out pin and ca";

function badPin(text: string): string {
  return `pin "${text}" is not sha256: and the SHA-256 of a public key in base64, ` +
    "44 characters ending in =";
}

const BAD_OPTIONS: readonly [string, string][] = [
  ["", KEYS],
  ["pin", KEYS],
  ["pin=", KEYS],
  ["pins=sha256:x", `${KEYS}; did you mean pin?`],
  ["ca=a.pem&", KEYS],
  ["pin=x", badPin("x")],
  [`pin=${PIN}`, badPin(PIN)],
  [`pin=sha1:${PIN}`, badPin(`sha1:${PIN}`)],
  [`pin=sha256:${PIN.slice(1)}`, badPin(`sha256:${PIN.slice(1)}`)],
  [`pin=sha256:A${PIN}`, badPin(`sha256:A${PIN}`)],
  [`pin=sha256:${PIN.slice(0, -1)}`, badPin(`sha256:${PIN.slice(0, -1)}`)],
  [`pin=sha256:${PIN.replace("+", "-")}`, badPin(`sha256:${PIN.replace("+", "-")}`)],
  [`pin=sha256:${PIN.replace("U=", "V=")}`, badPin(`sha256:${PIN.replace("U=", "V=")}`)],
  ["cert=c.pem", PAIR],
  ["key=k.pem", PAIR],
  ["cert=c.pem&key=k.pem&cert=d.pem", "cert may be given once"],
  ["profile=strict&profile=strict", "profile may be given once"],
  ["profile=none", 'profile "none" is none of strict, opportunistic'],
  [`profile=opportunistic&pin=sha256:${PIN}`, NOBODY],
  ["profile=opportunistic&ca=a.pem", NOBODY],
  ["ca=100%", '"100%" has a % that does not begin an octet like %23'],
];

Deno.test("parseUpstream() says what is wrong with an identity and what is allowed (DOT-15)", () => {
  for (const [options, allowed] of BAD_OPTIONS) {
    for (const uri of [`tls://192.0.2.1?${options}`, `tls://192.0.2.1#dns.example?${options}`]) {
      const error = assertThrows(() => parseUpstream(uri), ConfigError, undefined, uri);
      assertEquals(error.message, `--upstream "${uri}": ${allowed}`);
    }
  }
});

Deno.test("parseUpstream() takes the names that may be asked before the clock is set, in any case, with a dot at the end or without", () => {
  const cases: [string, string[]][] = [
    ["time.example", ["time.example"]],
    ["0.Pool.NTP.example.,time.example,ntp", ["0.pool.ntp.example", "time.example", "ntp"]],
  ];
  for (const [text, names] of cases) {
    const target = parseUpstream(`tls://192.0.2.1#dns.example?before-time-sync=${text}`);
    const plain = tls("192.0.2.1", 853, "dns.example");
    assertEquals(target, { ...plain, beforeTimeSync: names.map(nameOctets) } as Target);
    assertEquals(formatTarget(target), formatTarget(plain));
  }
  const both = parseUpstream(`tls://192.0.2.1?pin=sha256:${PIN}&before-time-sync=time.example`);
  if (both.transport !== "tls") throw new Error("no TLS");
  assertEquals([both.identity?.pins, both.beforeTimeSync], [[PIN], [nameOctets("time.example")]]);
});

Deno.test("parseUpstream() says which name of before-time-sync is none, and where the option has no sense", () => {
  const names = ["*.ntp.example", "192.0.2.7", "a..b", "time.example,", "no name", "a".repeat(64)];
  for (const text of names) {
    const uri = `tls://192.0.2.1?before-time-sync=${text}`;
    const bad = text.endsWith(",") ? "" : text;
    const error = assertThrows(() => parseUpstream(uri), ConfigError, undefined, uri);
    assertEquals(
      error.message,
      `--upstream "${uri}": before-time-sync: "${bad}" is no host name; expected those of time ` +
        "servers, all of them, with commas between them, as in 0.pool.ntp.org,1.pool.ntp.org",
    );
  }
  const cases: [string, string][] = [
    ["tls://192.0.2.1?before-time-sync=", KEYS],
    [
      "tls://192.0.2.1?before-time-sync=a.example&before-time-sync=b.example",
      "before-time-sync may be given once",
    ],
    [
      "tls://192.0.2.1?profile=opportunistic&before-time-sync=time.example",
      "profile=opportunistic checks no certificate and works with any clock: leave out before-time-sync",
    ],
    ["tcp://192.0.2.1:53?before-time-sync=time.example", "options behind ? are for tls:// alone"],
  ];
  for (const [uri, text] of cases) {
    const error = assertThrows(() => parseUpstream(uri), ConfigError, undefined, uri);
    assertEquals(error.message, `--upstream "${uri}": ${text}`);
  }
});

const FORMS = "allowed are tls://ADDRESS[:853][#NAME][?OPTIONS], tls://NAME[:853][?OPTIONS], " +
  "tcp://ADDRESS:PORT and unix:PATH";
const NAME = "the part behind # must be the name in the certificate";
const CLEAR = "port 53 is for DNS in the clear; DNS over TLS uses 853";

const BAD: readonly [string, string][] = [
  ["", FORMS],
  ["192.0.2.1", `did you mean tls://192.0.2.1? ${FORMS}`],
  ["https://dns.example/dns-query", `DNS over HTTPS is not supported yet; ${FORMS}`],
  ["tls:192.0.2.1", `did you mean tls://192.0.2.1? ${FORMS}`],
  ["tls://", FORMS],
  ["tls://:853", FORMS],
  ["tls://dns.example/path", `did you mean tls://dns.example? ${FORMS}`],
  ["tls://user@dns.example", `did you mean tls://dns.example? ${FORMS}`],
  ["tls:// dns.example", `did you mean tls://dns.example? ${FORMS}`],
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
  ["tcp://127.0.0.1:53?profile=strict", "options behind ? are for tls:// alone"],
  ["tcp://127.0.0.1:0", 'port "0" is not a number from 1 to 65535'],
];

Deno.test("parseUpstream() says what is wrong and what is allowed (DOT-01)", () => {
  for (const [uri, allowed] of BAD) {
    const error = assertThrows(() => parseUpstream(uri), ConfigError, undefined, uri);
    assertEquals(error.message, `--upstream "${uri}": ${allowed}`);
  }
});
