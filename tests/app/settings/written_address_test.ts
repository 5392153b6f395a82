import { assertEquals, assertThrows } from "@std/assert";
import { parseCommandLine } from "../../../lib/app/settings/command_line.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { parseFileSettings } from "../../../lib/app/settings/file/file_settings.ts";
import { checkNetwork } from "../../../lib/app/settings/setting_values.ts";

const UPSTREAM = "tls://192.0.2.53#dns.example";

function run(...args: string[]) {
  const command = parseCommandLine(args);
  if (command.name !== "run") throw new Error(`The command is ${command.name}`);
  return command.config;
}

function mistake(...args: string[]): string {
  return assertThrows(() => run(...args), ConfigError, undefined, args.join(" ")).message;
}

/** Without brackets; what is proposed if the number is a port, and if it is not. */
const DOUBTFUL: readonly [string, string, string][] = [
  ["2620:fe::fe:853", "[2620:fe::fe]:853", "[2620:fe::fe:853]"],
  ["2001:db8::1:53", "[2001:db8::1]:53", "[2001:db8::1:53]"],
  ["2001:DB8::1:443", "[2001:DB8::1]:443", "[2001:DB8::1:443]"],
  ["2001:db8::1:5300", "[2001:db8::1]:5300", "[2001:db8::1:5300]"],
  ["2001:db8::1:5353", "[2001:db8::1]:5353", "[2001:db8::1:5353]"],
  ["2001:db8::1:8853", "[2001:db8::1]:8853", "[2001:db8::1:8853]"],
  ["2001:db8::853", "[2001:db8::]:853", "[2001:db8::853]"],
  ["::1:53", "[::1]:53", "[::1:53]"],
  ["::53", "[::]:53", "[::53]"],
  ["fe80::1:53%eth0", "[fe80::1%eth0]:53", "[fe80::1:53%eth0]"],
  ["fe80::1%eth0:53", "[fe80::1%eth0]:53", "[fe80::1%eth0:53]"],
  ["fe80::1%eth0:10853", "[fe80::1%eth0]:10853", "[fe80::1%eth0:10853]"],
];

Deno.test("an IPv6 address without brackets that may end in a port is refused, with both ways to write it, wherever an address stands", () => {
  for (const [text, withPort, whole] of DOUBTFUL) {
    const port = withPort.slice(withPort.lastIndexOf(":") + 1);
    for (const option of ["listen", "bootstrap", "metrics"]) {
      assertEquals(
        mistake("--upstream", UPSTREAM, `--${option}`, text),
        `--${option} "${text}": expected brackets: ${withPort} for port ${port}, or ${whole} if that ` +
          "is the end of the address",
      );
    }
    for (const [before, after] of [["tls://", "#dns.example"], ["tls://", ""], ["tcp://", ""]]) {
      const uri = before + text + after;
      assertEquals(
        mistake("--upstream", uri),
        `--upstream "${uri}": expected brackets: ${before}${withPort}${after} for port ${port}, or ` +
          `${before}${whole}${after} if that is the end of the address`,
      );
    }
  }
});

Deno.test("an address in the configuration file that may end in a port is refused there, with its line", () => {
  const file = parseFileSettings(
    "/etc/dnsfwd.toml",
    'upstream = "tls://2620:fe::fe:853#a.example"',
  );
  const error = assertThrows(() => parseCommandLine([], { file }), ConfigError);
  assertEquals(
    error.message.split(" for port")[0],
    '/etc/dnsfwd.toml:1: upstream "tls://2620:fe::fe:853#a.example": expected brackets: ' +
      "tls://[2620:fe::fe]:853#a.example",
  );
});

Deno.test("an IPv6 address is taken as written in brackets, and without them where it cannot end in a port", () => {
  const cases: [string, string, number][] = [
    ["[2620:fe::fe:853]", "2620:fe::fe:853", 53],
    ["[::53]", "::53", 53],
    ["[2620:fe::fe]:853", "2620:fe::fe", 853],
    ["[fe80::1%eth0:53]", "fe80::1%eth0:53", 53],
    ["2001:db8::54", "2001:db8::54", 53],
    ["2001:db8::0053", "2001:db8::0053", 53],
    ["2001:db8:0:0:0:0:0:53", "2001:db8:0:0:0:0:0:53", 53],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4", 53],
    ["::ffff:1.2.3.4:53", "::ffff:1.2.3.4", 53],
    ["1:2:3:4:5:6:7:8:853", "1:2:3:4:5:6:7:8", 853],
  ];
  for (const [text, hostname, port] of cases) {
    assertEquals(run("--upstream", UPSTREAM, "--listen", text).listen, [{ hostname, port }], text);
  }
  for (const network of ["2001:db8::853/64", "2001:db8::853", "::53/128"]) {
    assertEquals(checkNetwork(network), network);
  }
});

Deno.test("an IPv6 address without brackets is refused, too, if it ends in a port that is usual for what the option serves", () => {
  const cases: [string, string, string][] = [
    ["listen", "::1:5335", "[::1]:5335"],
    ["listen", "2001:db8::1:1053", "[2001:db8::1]:1053"],
    ["metrics", "::1:9090", "[::1]:9090"],
    ["metrics", "2001:db8::1:9153", "[2001:db8::1]:9153"],
  ];
  for (const [option, text, meant] of cases) {
    const message = mistake("--upstream", UPSTREAM, `--${option}`, text);
    assertEquals(
      message.split(" for port")[0],
      `--${option} "${text}": expected brackets: ${meant}`,
    );
  }
});

Deno.test("a resolver for --bootstrap in the spelling of another program is told with the one that is meant", () => {
  const cases: [string, string | undefined][] = [
    ["tls://192.0.2.1", "192.0.2.1"],
    ["tls://192.0.2.1#dns.example", "192.0.2.1"],
    ["https://192.0.2.1/dns-query", "192.0.2.1"],
    ["udp://192.0.2.1:5353", "192.0.2.1:5353"],
    ["192.0.2.1@53", "192.0.2.1:53"],
    ["192.0.2.1#5353", "192.0.2.1:5353"],
    ["2001:db8::1@53", "[2001:db8::1]:53"],
    ["@2001:db8::1", "[2001:db8::1]"],
    ["192.0.2.1.", "192.0.2.1"],
    ['"192.0.2.1"', "192.0.2.1"],
    ["dns.example", undefined],
    ["192.0.2.1:0", undefined],
    ["192.0.2.1,192.0.2.2", undefined],
  ];
  for (const [text, meant] of cases) {
    const message = mistake("--upstream", UPSTREAM, "--bootstrap", text);
    const advice = meant === undefined ? "" : `did you mean ${meant}? `;
    const form = "expected ADDR[:PORT], as in 192.0.2.1";
    assertEquals(message, `--bootstrap "${text}": ${advice}${form}`);
    if (meant !== undefined) run("--upstream", UPSTREAM, "--bootstrap", meant);
  }
});

Deno.test("an interface behind %25, as in URIs, is told to stand behind % alone, wherever an address stands", () => {
  const cases: [string, string][] = [
    ["listen", "[fe80::1%25eth0]:53"],
    ["metrics", "[fe80::1%25eth0]"],
    ["upstream", "tls://[fe80::1%25eth0]#dns.example"],
    ["upstream", "tcp://[fe80::1%25eth0]:53"],
  ];
  for (const [option, text] of cases) {
    const message = mistake("--upstream", UPSTREAM, `--${option}`, text);
    const meant = text.replace("%25", "%");
    assertEquals(
      message.startsWith(`--${option} "${text}": did you mean ${meant}?`),
      true,
      message,
    );
    run("--upstream", UPSTREAM, `--${option}`, meant);
  }
  // The number of an interface.
  assertEquals(
    run("--upstream", UPSTREAM, "--listen", "[fe80::1%25]:53").listen[0].hostname,
    "fe80::1%25",
  );
});
