import { assertEquals, assertThrows } from "@std/assert";
import type { RunCommand } from "../../../lib/app/settings/command.ts";
import { parseCommandLine } from "../../../lib/app/settings/command_line.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { parseFileSettings } from "../../../lib/app/settings/file/file_settings.ts";

const PATH = "/etc/dnsfwd/dnsfwd.toml";
const UPSTREAM = 'upstream = "tcp://192.0.2.53:53"\n';

/** The command for arguments typed in /home/user, and a file of that text. */
function parse(text: string, ...args: string[]) {
  const file = parseFileSettings(PATH, text);
  return parseCommandLine(args, { directory: "/home/user", file });
}

function run(text: string, ...args: string[]): RunCommand {
  const command = parse(UPSTREAM + text, ...args);
  if (command.name !== "run") throw new Error(`The command is ${command.name}`);
  return command;
}

function mistakes(make: () => unknown): string[] {
  return assertThrows(make, ConfigError).all.map(({ message }) => message);
}

Deno.test("The file gives the settings of run, and the command says which file it is", () => {
  const command = run('policy = "race"\ntruncate = true\nlog-level = "debug"\nlimit.isolated = 2');
  assertEquals(command.config.upstreams, [
    { transport: "tcp", hostname: "192.0.2.53", port: 53 },
  ]);
  assertEquals([command.config.policy, command.config.truncate], ["race", true]);
  assertEquals([command.log.level, command.config.limits.isolated], [7, 2]);
  assertEquals(command.configFile, PATH);
});

Deno.test("The command line wins over the file, option by option: a list replaces the list", () => {
  const text = 'listen = ["127.0.0.1:1", "127.0.0.1:2"]\npolicy = "race"\nallow = ["10.0.0.0/8"]';
  const { config } = run(text, "--listen", "127.0.0.1:3", "--policy=balance");
  assertEquals(config.listen, [{ hostname: "127.0.0.1", port: 3 }]);
  assertEquals(config.policy, "balance");
  assertEquals(config.allow, ["10.0.0.0/8"]);
  const other = run("", "--connect-tcp", "127.0.0.1:5");
  assertEquals(other.config.upstreams.map((each) => "port" in each && each.port), [5]);
});

Deno.test("The command line wins over the file limit by limit", () => {
  const { limits } = run("[limit]\ntcp-idle = 30\nisolated = 2", "--limit", "tcp-idle=40").config;
  assertEquals([limits.tcpIdleSeconds, limits.isolated, limits.tcpInFlight], [40, 2, 256]);
});

Deno.test("Relative paths begin at the directory of the file, or where the program was started", () => {
  const inFile = run("ca = 'a.pem'\nstate-dir = './state'");
  assertEquals(inFile.caFiles, ["/etc/dnsfwd/a.pem"]);
  assertEquals(inFile.stateDirectory, "/etc/dnsfwd/state");
  const typed = run("ca = 'a.pem'", "--ca", "b.pem", "--ca=/c.pem", "--state-dir", "../state");
  assertEquals(typed.caFiles, ["/home/user/b.pem", "/c.pem"]);
  assertEquals(typed.stateDirectory, "/home/user/../state");
  assertEquals(run("state-dir = 'none'").stateDirectory, "none");
});

Deno.test("Relative paths in the URI of an upstream begin there as well", () => {
  const uri = "tls://192.0.2.1#a.example?ca=ca.pem&cert=c.pem&key=%2Fk.pem";
  const { upstreams } = run("", "--upstream", uri, "--upstream", "unix:socket").config;
  assertEquals<unknown>(upstreams, [
    {
      transport: "tls",
      hostname: "192.0.2.1",
      port: 853,
      serverName: "a.example",
      identity: {
        pins: [],
        isAuthenticated: true,
        caFiles: ["/home/user/ca.pem"],
        certFile: "/home/user/c.pem",
        keyFile: "/k.pem",
      },
    },
    { transport: "unix", path: "/home/user/socket" },
  ]);
  const command = parse("upstream = 'unix:socket'");
  assertEquals(command.name === "run" && command.config.upstreams, [
    { transport: "unix", path: "/etc/dnsfwd/socket" },
  ]);
});

Deno.test("All mistakes are told at once, those of the file with their line and in their order", () => {
  const text = `log-level = "loud"
lisen = "x"
listen = ["127.0.0.1", "localhost"]
[limit]
tcp-idle = 1`;
  const found = mistakes(() => run(text, "--policy", "fast", "--allow", "10/8", "--once"));
  assertEquals(found, [
    'Option "--once": not for the command run; it belongs to demo',
    '--policy "fast": allowed are failover, balance, race',
    '--allow "10/8": expected a network like 203.0.113.0/24 or 2001:db8::/32',
    `${PATH}:2: log-level "loud": allowed are 0 to 7 or emergency, alert, critical, error, ` +
    "warning, notice, info, debug",
    `${PATH}:3: lisen: unknown; did you mean listen?`,
    `${PATH}:4: listen "localhost": expected ADDR[:PORT] with an IPv4 address or an IPv6 address ` +
    "in brackets",
    `${PATH}:6: limit.tcp-idle "1": expected a number from 2 to 3600`,
  ]);
});

Deno.test("All mistakes of the command line are told at once", () => {
  const args = ["--listen", "x", "--upstream", "y", "--listen", "127.0.0.1", "--udp-io=z"];
  assertEquals(mistakes(() => parseCommandLine(args)).map((each) => each.split(":")[0]), [
    '--upstream "y"',
    '--listen "x"',
    '--udp-io "z"',
  ]);
  assertEquals(mistakes(() => parseCommandLine(["--foo", "--truncat", "--truncate=1"])), [
    '--truncate "1": takes no value',
    'Option "--foo": unknown; see dnsfwd --help',
    'Option "--truncat": unknown; did you mean --truncate?',
  ]);
});

Deno.test("An upstream that is there and wrong is not missing", () => {
  assertEquals(mistakes(() => parse("upstream = 5")), [
    `${PATH}:1: upstream: expected a text in quotes, or a list of them in [ ], not 5`,
  ]);
});

Deno.test("A missing upstream is told with the file to write it into, unless that cannot be read", () => {
  const [missing, ...more] = mistakes(() => parse("policy = 'race'"));
  assertEquals(missing.split("\n").slice(0, 2), [
    `${PATH}: upstream: missing; say which resolver to ask, for example one of`,
    '  upstream = "tls://9.9.9.9#dns.quad9.net"',
  ]);
  assertEquals(more, []);
  assertEquals(mistakes(() => parse("upstream = tcp")), [
    `${PATH}:1: not TOML: texts stand in quotes, and switches are true or false`,
  ]);
});

Deno.test("Mistakes of several upstreams in the file are told with the lines of each", () => {
  const text = `upstream = [
    "tls://192.0.2.1",
    "tls://192.0.2.2:53",
    "tls://192.0.2.1",
  ]`;
  assertEquals(mistakes(() => parse(text)), [
    `${PATH}:3: upstream "tls://192.0.2.2:53": port 53 is for DNS in the clear; DNS over TLS uses 853`,
    `${PATH}:4: upstream "tls://192.0.2.1": given more than once`,
  ]);
});

Deno.test("query takes upstreams, ca and bootstrap of the file, and doctor the first upstream", () => {
  const text = `upstream = ["tcp://192.0.2.1:53", "tcp://192.0.2.2:53"]\nca = "a.pem"
    bootstrap = "192.0.2.3"`;
  const query = parse(text, "query", "www.example");
  if (query.name !== "query") throw new Error(`The command is ${query.name}`);
  assertEquals(query.upstreams.length, 2);
  assertEquals(query.caFiles, ["/etc/dnsfwd/a.pem"]);
  assertEquals(query.bootstrap, [{ hostname: "192.0.2.3", port: 53 }]);
  const doctor = parse(text, "doctor");
  assertEquals(doctor.name === "doctor" && doctor.uri, "tcp://192.0.2.1:53");
  const other = parse(text, "doctor", "tcp://192.0.2.9:53");
  assertEquals(other.name === "doctor" && other.uri, "tcp://192.0.2.9:53");
});
