import { Ajv } from "ajv";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseCommandLine } from "../../../../lib/app/settings/command_line.ts";
import { defaultFile } from "../../../../lib/app/settings/file/default_file.ts";
import { parseFileSettings } from "../../../../lib/app/settings/file/file_settings.ts";
import { configSchema } from "../../../../lib/app/settings/file/schema.ts";
import { isSetting, settingName } from "../../../../lib/app/settings/option.ts";
import { OPTIONS } from "../../../../lib/app/settings/options.ts";

const PATH = "/etc/dnsfwd/dnsfwd.toml";
const UPSTREAM = ["--upstream", "tls://192.0.2.53#dns.example"];

/** What `run` does with a file of that text. */
function run(text: string) {
  const command = parseCommandLine(UPSTREAM, { file: parseFileSettings(PATH, text) });
  assert(command.name === "run");
  return command;
}

Deno.test("defaultFile() read back changes nothing", () => {
  const without = parseCommandLine(UPSTREAM);
  assertEquals<unknown>(run(defaultFile()), { ...without, configFile: PATH });
});

Deno.test("defaultFile() is good with every setting made active, and has the defaults then", () => {
  const active = defaultFile().replaceAll(/^#(?=\S+ = )/gm, "");
  const changed = run(active);
  const same = run("");
  const { config } = changed;
  assertEquals(config.isDefaultListen, false);
  const examples = { isolate: "client", allow: ["203.0.113.0/24"] } as const;
  const { logRotation: rotation } = same;
  const queryLog = { path: "/var/log/dnsfwd-queries.log", clients: "full", rotation } as const;
  const bootstrap = [{ hostname: "192.0.2.1", port: 53 }];
  assertEquals<unknown>(changed, {
    ...same,
    config: {
      ...same.config,
      ...examples,
      bootstrap,
      queryLog,
      isDefaultListen: false,
      identity: { identity: "host1", nsid: false },
    },
    caFiles: ["/etc/ssl/certs/ca-certificates.crt"],
    stateDirectory: "/var/lib/dnsfwd",
    runtimeDirectory: "/run/dnsfwd",
    user: "nobody",
    groups: ["nogroup"],
    logFile: "/var/log/dnsfwd.log",
    places: changed.places,
  });
});

Deno.test("defaultFile() has every setting once, with its help, in lines of 100 columns at most", () => {
  const text = defaultFile();
  for (const option of OPTIONS.filter(isSetting)) {
    const names = option.parts?.map(({ name }) => `${option.name}.${name}`) ??
      [settingName(option)];
    for (const name of names) {
      assertEquals([...text.matchAll(new RegExp(`^#${name} = `, "gm"))].length, 1, name);
    }
    if (option.parts) continue;
    for (const line of option.help) assertStringIncludes(text, `# ${line}\n`);
  }
  for (const line of text.split("\n")) assert(line.length <= 100, line);
});

Deno.test("any setting can be added behind the printed default file, or made active in its place", () => {
  const lines = defaultFile().split("\n").filter((line) => /^#\S+ = /.test(line));
  assert(lines.length > 30);
  for (const line of lines) {
    const setting = line.slice(1).replace(/ {2,}# .*/, "");
    for (const text of [`${defaultFile()}${setting}\n`, defaultFile().replace(line, setting)]) {
      const { errors, given } = parseFileSettings(PATH, text);
      assertEquals([errors, given.size <= 1], [[], true], setting);
    }
  }
  assertEquals(run(`${defaultFile()}metrics = "127.0.0.1"\n`).config.metrics?.port, 10_853);
  const { limits } = run(`${defaultFile()}[limit]\ntcp-idle = 30\n[health]\ndrain = 5\n`).config;
  assertEquals(limits.tcpIdleSeconds, 30);
});

Deno.test("configSchema() accepts what the program accepts, and refuses what it refuses", () => {
  const isValid = new Ajv({ allErrors: true }).compile(configSchema());
  const cases: [boolean, unknown, string][] = [
    [true, {}, ""],
    [true, { listen: "127.0.0.1" }, 'listen = "127.0.0.1"'],
    [true, { listen: ["127.0.0.1", "::1"] }, 'listen = ["127.0.0.1", "::1"]'],
    [true, { truncate: true, policy: "race" }, 'truncate = true\npolicy = "race"'],
    [true, { "log-level": 7 }, "log-level = 7"],
    [true, { "log-level": "debug" }, 'log-level = "debug"'],
    [true, { "log-level": "7" }, 'log-level = "7"'],
    [true, { "log-level": "warning,upstream=7" }, 'log-level = "warning,upstream=7"'],
    [true, { "log-keep": 0 }, "log-keep = 0"],
    [true, { "log-max-size": "500k" }, 'log-max-size = "500k"'],
    [true, { limit: { "tcp-idle": 2 } }, "limit.tcp-idle = 2"],
    [true, { ca: [] }, "ca = []"],
    [true, { health: { drain: 5, name: "" } }, "[health]\ndrain = 5\nname = ''"],
    [true, { identity: "", nsid: true }, "identity = ''\nnsid = true"],
    [false, { health: { drain: 301 } }, "health.drain = 301"],
    [false, { health: { readiness: "maybe" } }, "health.readiness = 'maybe'"],
    [false, { health: { speed: 1 } }, "health.speed = 1"],
    [false, { health: 3 }, "health = 3"],
    [false, { drain: 3 }, "drain = 3"],
    [false, { listen: [] }, "listen = []"],
    [false, { listen: 53 }, "listen = 53"],
    [false, { listen: "" }, 'listen = ""'],
    [false, { lisen: "127.0.0.1" }, 'lisen = "127.0.0.1"'],
    [false, { config: "a" }, 'config = "a"'],
    [false, { truncate: "yes" }, 'truncate = "yes"'],
    [false, { policy: "fast" }, 'policy = "fast"'],
    [false, { "log-level": 8 }, "log-level = 8"],
    [false, { "log-level": "loud" }, 'log-level = "loud"'],
    [false, { "log-level": "dns=debug" }, 'log-level = "dns=debug"'],
    [false, { "log-keep": 100 }, "log-keep = 100"],
    [false, { limit: { "tcp-idle": 1 } }, "limit.tcp-idle = 1"],
    [false, { limit: { "tcp-idle": "2" } }, 'limit.tcp-idle = "2"'],
    [false, { limit: { idle: 2 } }, "limit.idle = 2"],
    [false, { limit: 3 }, "limit = 3"],
  ];
  for (const [isGood, data, text] of cases) {
    assertEquals(isValid(data), isGood, text);
    assertEquals(accepts(text), isGood, text);
  }
});

Deno.test("configSchema() has each setting, with the defaults and help of the command line", () => {
  const { properties } = configSchema() as { properties: Record<string, Record<string, unknown>> };
  const settings = OPTIONS.filter((option) => isSetting(option) && option.table === undefined);
  assertEquals(Object.keys(properties), [...settings.map(({ name }) => name), "health"]);
  const health = properties.health.properties as Record<string, unknown>;
  assertEquals(Object.keys(health), ["readiness", "drain", "name"]);
  assertEquals(properties.listen.default, ["127.0.0.1:53", "[::1]:53"]);
  assertEquals(properties["log-format"].default, "human");
  assertEquals(properties.truncate.default, false);
  for (const { name } of settings) assert(`${properties[name].description}`.length > 20, name);
});

function accepts(text: string): boolean {
  try {
    run(text);
    return true;
  } catch {
    return false;
  }
}
