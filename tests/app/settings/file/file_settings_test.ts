import { assertEquals } from "@std/assert";
import { parseFileSettings } from "../../../../lib/app/settings/file/file_settings.ts";

const PATH = "/etc/dnsfwd/dnsfwd.toml";
const NAMES =
  "listen, upstream, policy, isolate, ca, bootstrap, state-dir, runtime-dir, user, group, no-root, truncate, allow, " +
  "limit, udp-io, metrics, identity, nsid, health, log-file, log-max-size, log-keep, log-level, log-format, query-log, query-log-clients, " +
  "allow-key-log";
const LIMIT_NAMES = "tcp-connections, tcp-connections-per-client, tcp-in-flight, tcp-queries, " +
  "tcp-lifetime, tcp-idle, responses-per-second, upstream-connections, isolated, log-lines";

/** The texts that options are given, by name. */
function given(text: string): Record<string, string[]> {
  const settings = parseFileSettings(PATH, text);
  assertEquals(settings.errors, []);
  return Object.fromEntries(
    Array.from(settings.given, ([name, values]) => [name, values.map((each) => each.text)]),
  );
}

/** The mistakes, without the path of the file. */
function mistakes(text: string): string[] {
  return parseFileSettings(PATH, text).errors.map(({ message }) => {
    assertEquals(message.slice(0, PATH.length + 1), `${PATH}:`);
    return message.slice(PATH.length + 1);
  });
}

Deno.test("parseFileSettings() takes every kind of setting as the command line has it", () => {
  const text = `
    # A comment
    listen = ["127.0.0.1:5300", '[::1]:5300', # the second
    ]
    upstream = "tls://192.0.2.1#dns.example?pin=sha256:="
    log-level = 6
    truncate = true
    allow-key-log = false
    allow = []
    [limit]
    tcp-idle = 0x1e
    isolated = 1_000
  `;
  assertEquals(given(text), {
    listen: ["127.0.0.1:5300", "[::1]:5300"],
    upstream: ["tls://192.0.2.1#dns.example?pin=sha256:="],
    "log-level": ["6"],
    truncate: ["true"],
    "allow-key-log": ["false"],
    limit: ["tcp-idle=30", "isolated=1000"],
  });
});

Deno.test("parseFileSettings() takes limits in each way that TOML has for a table", () => {
  const expected = { limit: ["tcp-idle=30", "isolated=5"] };
  assertEquals(given("[limit]\ntcp-idle = 30\nisolated = 5"), expected);
  assertEquals(given("limit = { tcp-idle = 30, isolated = 5 }"), expected);
  assertEquals(given("limit.tcp-idle = 30\nlimit.isolated = 5"), expected);
  assertEquals(given("[limit]"), {});
});

Deno.test("parseFileSettings() takes a file without anything, and one from Windows", () => {
  assertEquals(given(""), {});
  assertEquals(given('policy = "race"\r\n\r\n'), { policy: ["race"] });
});

Deno.test("parseFileSettings() names the line of each value, also within a list", () => {
  const settings = parseFileSettings(PATH, 'policy = "race"\nca = [\n  "a.pem",\n  "b.pem"]\n');
  const places = [...settings.given.values()].flat().map(({ setting }) => setting);
  assertEquals(places, [`${PATH}:1: policy`, `${PATH}:3: ca`, `${PATH}:4: ca`]);
});

Deno.test("parseFileSettings() says what an unknown name may have meant", () => {
  const cases: [string, string][] = [
    ['lisen = "x"', "1: lisen: unknown; did you mean listen?"],
    ['\nupstreams = "x"', "2: upstreams: unknown; did you mean upstream?"],
    ["log_level = 3", "1: log_level: unknown; did you mean log-level?"],
    ["logLevel = 3", "1: logLevel: unknown; did you mean log-level?"],
    ["loglevel = 3", "1: loglevel: unknown; did you mean log-level?"],
    ['bind-udp = "x"', "1: bind-udp: unknown; did you mean listen?"],
    ["tcp-idle = 3", "1: tcp-idle: unknown; did you mean tcp-idle in the table [limit]?"],
    ["[limits]\ntcp-idle = 3\nisolated = 3", "1: limits: unknown; did you mean limit?"],
    ["[limit]\ntcp-idel = 3", "2: limit.tcp-idel: unknown; did you mean tcp-idle?"],
    ["[limit]\nspeed = 3", `2: limit.speed: unknown; allowed are ${LIMIT_NAMES}`],
    ['"a\\u001bb" = 1', `1: a\\x1bb: unknown; allowed are ${NAMES}`],
    ["[server]\na = 1\nb = 2", `1: server: unknown; allowed are ${NAMES}`],
    ['config = "x"', "1: config: not a setting of this file, but an option of the command line"],
    ["drain = 3", "1: drain: unknown; did you mean drain in the table [health]?"],
    ['ready-name = "x"', "1: ready-name: unknown; did you mean name in the table [health]?"],
    ["[health]\ndrian = 3", "2: health.drian: unknown; did you mean drain?"],
    ["[health]\nspeed = 3", "2: health.speed: unknown; allowed are readiness, drain, name"],
    ["health = 3", '1: health "3": expected a table: [health], with readiness, drain, name'],
    ["idle = 3", "1: idle: not a setting of this file, but an option of the command line"],
  ];
  for (const [text, expected] of cases) assertEquals(mistakes(text), [expected], text);
});

Deno.test("parseFileSettings() says what kind of value a setting takes", () => {
  const list = "expected a text in quotes, or a list of them in [ ]";
  const table = "expected a table of numbers: [limit], and a line for each";
  const cases: [string, string][] = [
    ['truncate = "yes"', '1: truncate "yes": expected true or false, without quotes'],
    ["truncate = 1", "1: truncate: expected true or false, without quotes, not 1"],
    ["listen = 53", `1: listen: ${list}, not 53`],
    ["listen = [53]", "1: listen: expected a text in quotes, not 53"],
    ["listen = [['a']]", "1: listen: expected a text in quotes, not ['a']"],
    ["listen = []", '1: listen "[]": needs a value; leave it out for the default'],
    ['ca = [""]', '1: ca "": needs a value: FILE'],
    ["state-dir = true", "1: state-dir: expected a text in quotes, not true"],
    ["state-dir = ['a']", "1: state-dir: expected a text in quotes, not ['a']"],
    ["policy = 1", '1: policy: expected one of "failover", "balance", "race", not 1'],
    [
      "log-level = 1.5",
      '1: log-level: expected a number from 0 to 7, or one of "emergency", "alert", ' +
      '"critical", "error", "warning", "notice", "info", "debug", not 1.5',
    ],
    ['limit.isolated = "3"', '1: limit.isolated "3": expected a number, without quotes'],
    ['ca = "a\\nb"', "1: ca: expected a text without control characters"],
    ["limit = 3", `1: limit "3": ${table}`],
    ["[[limit]]\ntcp-idle = 3", `1: limit "[[limit]]": ${table}`],
    [
      "[listen]\na = 1",
      '1: listen: expected a single setting, listen = ["one", "another"], above all tables, not [listen]',
    ],
    ["listen.a = 1", "1: listen.a: expected a single setting, not 1"],
  ];
  for (const [text, expected] of cases) assertEquals(mistakes(text), [expected], text);
});

Deno.test("parseFileSettings() finds each value of a list that is no text, and takes the others", () => {
  const { errors, given } = parseFileSettings(PATH, "listen = [\n'a',\n5,\n'b',\ntrue]");
  assertEquals(given.get("listen")?.map(({ text }) => text), ["a", "b"]);
  assertEquals(errors.map(({ message }) => message), [
    `${PATH}:3: listen: expected a text in quotes, not 5`,
    `${PATH}:5: listen: expected a text in quotes, not true`,
  ]);
});

Deno.test("parseFileSettings() takes the number of a user or group with and without quotes", () => {
  const { errors, given } = parseFileSettings(PATH, "user = 65534\ngroup = [1, '2', 'nogroup']");
  assertEquals(errors, []);
  assertEquals(given.get("user")?.map(({ text }) => text), ["65534"]);
  assertEquals(given.get("group")?.map(({ text }) => text), ["1", "2", "nogroup"]);
});

Deno.test("parseFileSettings() knows what people write who know other formats", () => {
  const quotes = "1: not TOML: texts stand in quotes, and switches are true or false";
  assertEquals(mistakes("upstream = tls://127.0.0.1"), [quotes]);
  assertEquals(mistakes("ca = /etc/ca.pem"), [quotes]);
  const colon = "1: not TOML: = is expected behind a name, not :";
  assertEquals(mistakes('upstream: "tls://127.0.0.1"'), [colon]);
});

Deno.test("parseFileSettings() finds each statement that is no TOML, and reads all others", () => {
  const cases: [string, string[]][] = [
    ["listen = 127.0.0.1:53", [
      "1: not TOML: unexpected text behind a value (texts stand in quotes)",
    ]],
    ["listen =\npolicy = 'race'", ["1: not TOML: incomplete: a value, a ] or a quote is missing"]],
    ["listen =", ["1: not TOML: a value is missing or is cut off"]],
    ["policy = 'race'\nlisten = [\n  'a'\n", ["2: not TOML: the ] of a list is missing"]],
    ["listen = [\n  'a'\npolicy = 'race'", [
      "1: not TOML: incomplete: a value, a ] or a quote is missing",
    ]],
    ['listen = "a\npolicy = "race"', ["1: not TOML: the quote at the end of a text is missing"]],
    ["policy", ["1: not TOML: = is missing behind a name"]],
    ["[limit\ntcp-idle = 3", [
      "1: not TOML: a value, = or ] is missing at the end of the line",
    ]],
    ["policy = 'race'\n\npolicy = 'race'", ["3: policy is given more than once"]],
    ["[limit]\nisolated = 3\n[limit]\n", ["3: [limit] is given more than once"]],
    ["listen = 1.2.3.4\nlisten = [\n'a',\npolicy = 'race'\ntruncate = yes\nlog-level = 3", [
      "1: not TOML: unexpected text behind a value (texts stand in quotes)",
      "2: not TOML: incomplete: a value, a ] or a quote is missing",
      "5: not TOML: texts stand in quotes, and switches are true or false",
    ]],
  ];
  for (const [text, expected] of cases) assertEquals(mistakes(text), expected, text);
  const settings = parseFileSettings(PATH, "listen = 1.2.3.4\npolicy = 'race'");
  assertEquals(settings.isWhole, false);
  assertEquals(settings.given.get("policy")?.[0].setting, `${PATH}:2: policy`);
});

Deno.test("parseFileSettings() never throws, whatever the text", () => {
  const pieces = [
    "[",
    "]",
    "=",
    '"',
    "'",
    "\n",
    "limit",
    "listen",
    "a.b",
    "{",
    "}",
    ",",
    "1",
    "#",
    "\0",
    "\\",
  ];
  let seed = 1;
  const random = () => seed = (seed * 48_271) % 2_147_483_647;
  for (let round = 0; round < 2000; round++) {
    const length = random() % 20;
    const text = Array.from({ length }, () => pieces[random() % pieces.length]).join("");
    parseFileSettings(PATH, text);
  }
});
