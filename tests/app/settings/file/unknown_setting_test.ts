import { assert, assertEquals } from "@std/assert";
import { parseCommandLine } from "../../../../lib/app/settings/command_line.ts";
import { ConfigError } from "../../../../lib/app/settings/config_error.ts";
import { parseFileSettings } from "../../../../lib/app/settings/file/file_settings.ts";

const PATH = "/etc/dnsfwd/dnsfwd.toml";
const UPSTREAM = 'upstream = "tls://192.0.2.53#dns.example"\n';

/** The mistakes, without the path of the file. */
function mistakes(text: string): string[] {
  const { errors } = parseFileSettings(PATH, text);
  return errors.map(({ message }) => message.slice(PATH.length + 1));
}

Deno.test("a setting below a table it does not belong to is told with the line of the table, and where it goes", () => {
  const cases: [string, string][] = [
    [
      '[limit]\nmetrics = "127.0.0.1"',
      "2: limit.metrics: metrics stands under [limit] (line 1); move it above that line",
    ],
    [
      'policy = "race"\n\n[health]\ndrain = 3\nlisten = "127.0.0.1"',
      "5: health.listen: listen stands under [health] (line 3); move it above that line",
    ],
    [
      "[limit]\nhealth.drain = 3",
      "2: limit.health: health stands under [limit] (line 1); move it above that line",
    ],
    [
      "[limit]\nlog_level = 3",
      "2: limit.log_level: log_level stands under [limit] (line 1); did you mean log-level, above all tables?",
    ],
    [
      "[limit]\nUpstream = 'x'",
      "2: limit.Upstream: Upstream stands under [limit] (line 1); did you mean upstream, above all tables?",
    ],
    [
      "[limit]\nbind-udp = 'x'",
      "2: limit.bind-udp: bind-udp stands under [limit] (line 1); did you mean listen, above all tables?",
    ],
    [
      "[health]\ntcp-idle = 3",
      "2: health.tcp-idle: tcp-idle stands under [health] (line 1); did you mean tcp-idle in the table [limit]?",
    ],
    [
      "[limit]\ndrain = 3",
      "2: limit.drain: drain stands under [limit] (line 1); did you mean drain in the table [health]?",
    ],
    [
      "limit.metrics = 'x'",
      "1: limit.metrics: metrics is not one of the settings of limit; write it as metrics = ..., above all tables",
    ],
    [
      "limit = { metrics = 'x', tcp-idle = 3 }",
      "1: limit.metrics: metrics is not one of the settings of limit; write it as metrics = ..., above all tables",
    ],
    [
      "[health]\n[limit]\nidentity = 'x'",
      "3: limit.identity: identity stands under [limit] (line 2); move it above line 1",
    ],
    [
      "limit.tcp-idle = 3\n[limit]\nisolated = 3",
      "2: settings of limit stand above as limit.NAME = ...; write those below [limit] in that form, too",
    ],
    ["[limit]\nTCP_IDLE = 3", "2: limit.TCP_IDLE: unknown; did you mean tcp-idle?"],
    ["[limit]\ntcpIdle = 3", "2: limit.tcpIdle: unknown; did you mean tcp-idle?"],
    ["tcpIdle = 3", "1: tcpIdle: unknown; did you mean tcp-idle in the table [limit]?"],
    ["[limit.tcp-idle]\na = 3", "1: limit.tcp-idle: expected a number, not a table"],
    [
      '[dnsfwd]\nlisten = "127.0.0.1"\npolicy = "race"',
      "1: dnsfwd: unknown; its settings stand above all tables, under no name",
    ],
    [
      '[[upstream]]\naddress = "192.0.2.1"',
      '1: upstream: expected a single setting, upstream = ["one", "another"], above all tables, not [[upstream]]',
    ],
    [
      "[metrics]\nport = 3",
      "1: metrics: expected a single setting, metrics = ..., above all tables, not [metrics]",
    ],
  ];
  for (const [text, expected] of cases) assertEquals(mistakes(text).at(0), expected, text);
});

Deno.test("an upstream that stands under a table is not said to be missing", () => {
  for (const table of ["limit", "dnsfwd"]) {
    const file = parseFileSettings(PATH, `[${table}]\n${UPSTREAM}`);
    const command = parseCommandLine(["check"], { file });
    assert(command.name === "check");
    assertEquals(command.errors.length, 1, table);
  }
});

Deno.test("the list of allowed names stands once, with the last mistake that needs it", () => {
  const said = mistakes(
    "colour = 1\nshape = 2\nlisen = 'x'\nweight = 3\n[limit]\nspeed = 1\nheat = 2",
  );
  assertEquals(said.slice(0, 3), [
    "1: colour: unknown",
    "2: shape: unknown",
    "3: lisen: unknown; did you mean listen?",
  ]);
  assert(said[3].startsWith("4: weight: unknown; allowed are listen, upstream, "));
  assertEquals(said[4], "6: limit.speed: unknown");
  assert(said[5].startsWith("7: limit.heat: unknown; allowed are tcp-connections, "));
});

/** As their manuals have it. */
const FOREIGN: Readonly<Record<string, string>> = {
  unbound: `server:
    interface: 127.0.0.1
    tls-cert-bundle: "/etc/ssl/certs/ca-certificates.crt"
forward-zone:
    name: "."
    forward-tls-upstream: yes
    forward-addr: 9.9.9.9@853#dns.quad9.net
`,
  dnsmasq: `# Configuration file for dnsmasq.
domain-needed
no-resolv
server=9.9.9.9
server=/lan/192.168.1.1
listen-address=127.0.0.1
cache-size=1000
`,
  Stubby: `resolution_type: GETDNS_RESOLUTION_STUB
dns_transport_list:
  - GETDNS_TRANSPORT_TLS
upstream_recursive_servers:
  - address_data: 9.9.9.9
    tls_auth_name: "dns.quad9.net"
`,
  "AdGuard Home": `dns:
  bind_hosts:
    - 0.0.0.0
  port: 53
  upstream_dns:
    - tls://dns.quad9.net
  bootstrap_dns:
    - 9.9.9.10
schema_version: 28
`,
  SmartDNS: `bind [::]:53
server-tls 9.9.9.9 -host-name dns.quad9.net
cache-size 1000
`,
  "resolv.conf": `nameserver 9.9.9.9
nameserver 2620:fe::fe
search lan
options edns0 trust-ad
`,
  "systemd-resolved": `[Resolve]
DNS=9.9.9.9#dns.quad9.net
DNSOverTLS=yes
`,
  "dnscrypt-proxy": `server_names = ['quad9-dnscrypt']
listen_addresses = ['127.0.0.1:53']
max_clients = 250
`,
  dnsdist: `setLocal("127.0.0.1:53")
newServer({address="9.9.9.9:853", tls="openssl"})
`,
  CoreDNS: `. {
    forward . tls://9.9.9.9 {
       tls_servername dns.quad9.net
    }
}
`,
  BIND: `options {
    forwarders { 9.9.9.9; };
};
`,
};

Deno.test("the settings of another program in the file get one hint that names the program", () => {
  for (const [program, text] of Object.entries(FOREIGN)) {
    const said = mistakes(text);
    const about = said.filter((each) => each.includes(`configuration of ${program};`));
    assertEquals([about.length, said.length], [1, 1], `${program}: ${said.join("\n")}`);
    assertEquals(said[0].split("allowed are").length, 2, program);
  }
});

Deno.test("a line of another program among our own settings leaves every other mistake as it is", () => {
  const text = `${UPSTREAM}nameserver 9.9.9.9\nlisen = '127.0.0.1'\npolicy = race\n`;
  const said = mistakes(text);
  assertEquals(said.length, 3, said.join("\n"));
  assert(said.some((each) => each.startsWith("2: looks like the configuration of resolv.conf;")));
  assert(said.includes("3: lisen: unknown; did you mean listen?"));
  assert(said.includes("4: not TOML: texts stand in quotes, and switches are true or false"));
  assert(parseFileSettings(PATH, text).errors.every((each) => each instanceof ConfigError));
});
