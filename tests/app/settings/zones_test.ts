/** Addresses that are good on one link only (RFC 4007), wherever a setting takes an address. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { formatTarget, parseUpstream } from "../../../lib/app/settings/upstream_uri.ts";
import { runConfig } from "../../helpers/run_config.ts";

const UPSTREAM = ["--upstream", "tls://192.0.2.1"];

Deno.test("a setting says why it cannot have an address on one link, and what it takes instead", () => {
  const cases: [string, string, string][] = [
    ["--bootstrap", "[fe80::53%eth0]", "cannot be asked for names"],
    ["--bootstrap", "[fe80::53%2]:5353", "cannot be asked for names"],
    ["--bootstrap", "fe80::7:a", "cannot be asked for names"],
    ["--listen", "[fe80::53]:53", "needs the name of its interface, as in [fe80::53%eth0]"],
    ["--metrics", "[fe80::53]:9153", "needs the name of its interface, as in [fe80::53%eth0]"],
    ["--upstream", "tcp://[fe80::53]:53", "needs the name of its interface"],
    ["--upstream", "tls://[FE80::53]#dns.example", "needs the name of its interface"],
    ["--upstream", "tls://[fe80::53%eth0]?ca=/x.pem", "use --ca instead"],
    ["--allow", "fe80::/10%eth0", "link-local clients are always served"],
    ["--allow", "fe80::1%eth0", "link-local clients are always served"],
  ];
  for (const [option, value, text] of cases) {
    const args = option === "--upstream" ? [option, value] : [...UPSTREAM, option, value];
    const { message } = assertThrows(() => runConfig(args), ConfigError, undefined, value);
    assertStringIncludes(message, `${option} "${value}": `);
    assertStringIncludes(message, text);
  }
});

Deno.test("an upstream on one link is dialed with its zone, and its certificate is for the address without", () => {
  const target = parseUpstream("tls://[fe80::53%eth0]");
  assertEquals(target, {
    transport: "tls",
    hostname: "fe80::53%eth0",
    port: 853,
    serverName: "fe80::53",
  });
  assertEquals(formatTarget(target), "tls://[fe80::53%eth0]:853");
  assertEquals(
    formatTarget(parseUpstream("tls://[fe80::53%eth0]#dns.example")),
    "tls://[fe80::53%eth0]:853#dns.example",
  );
});
