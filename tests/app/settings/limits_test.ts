import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { helpText } from "../../../lib/app/settings/help.ts";
import {
  changedLimits,
  DEFAULT_LIMITS,
  limitHelp,
  LIMITS,
  type Limits,
  parseLimit,
} from "../../../lib/app/settings/limits.ts";

const README = Deno.readTextFileSync(new URL("../../../README.md", import.meta.url));
const NAMES = Object.values(LIMITS).map(({ name }) => name);

function parseLimits(texts: readonly string[]): Limits {
  return changedLimits(texts.map(parseLimit));
}

Deno.test("DEFAULT_LIMITS are what holds without --limit (RFC 9210, 4.2; TCP-07, TCP-11, ACL-03)", () => {
  assertEquals(DEFAULT_LIMITS, {
    tcpConnections: 256,
    tcpConnectionsPerClient: 32,
    tcpInFlight: 256,
    tcpQueries: 0,
    tcpLifetimeSeconds: 0,
    tcpIdleSeconds: 10,
    responsesPerSecond: 1000,
    upstreamConnections: 4,
    isolated: 32,
    logLines: 600,
  });
});

Deno.test("LIMITS have a default in their range, and no name twice", () => {
  for (const { name, min, max, default: standard } of Object.values(LIMITS)) {
    assert(standard >= min && standard <= max, name);
    assert(/^[a-z]+(-[a-z]+)*$/.test(name), name);
  }
  assertEquals(new Set(NAMES).size, NAMES.length);
});

Deno.test("parseLimit() takes NAME=NUMBER, the last of a name, and leaves the others as they are", () => {
  assertEquals(parseLimits([]), DEFAULT_LIMITS);
  const given = ["tcp-idle=2", "tcp-connections=4", "tcp-connections=65535"];
  assertEquals(parseLimits(given), {
    ...DEFAULT_LIMITS,
    tcpIdleSeconds: 2,
    tcpConnections: 65_535,
  });
});

Deno.test("parseLimit() takes the ends of each range and nothing beyond", () => {
  for (const [key, { name, min, max }] of Object.entries(LIMITS)) {
    for (const number of [min, max]) {
      const limits: Record<string, number> = parseLimits([`${name}=${number}`]);
      assertEquals(limits[key], number, name);
    }
    for (const number of [min - 1, max + 1]) {
      const text = `${name}=${number}`;
      const { message } = assertThrows(() => parseLimits([text]), ConfigError);
      assertStringIncludes(message, `--limit "${text}": expected a number from `);
      assertStringIncludes(message, ` to ${max}`);
    }
  }
});

Deno.test("parseLimit() names option, value and what is allowed in every mistake", () => {
  const form = "expected NAME=NUMBER, as in tcp-connections=256; dnsfwd --help lists the names";
  const idle = "expected a number from 2 to 3600";
  const cases: [string, string][] = [
    ["tcp-idle", form],
    ["30", form],
    ["idle=30", `allowed names are ${NAMES.join(", ")}`],
    ["=30", `allowed names are ${NAMES.join(", ")}`],
    ["TCP-IDLE=30", `allowed names are ${NAMES.join(", ")}; did you mean tcp-idle?`],
    ["tcp-idle=", idle],
    ["tcp-idle=ten", idle],
    ["tcp-idle=1", idle],
    ["tcp-idle=-5", idle],
    ["tcp-idle=2.5", idle],
    ["tcp-idle=1e2", idle],
    ["tcp-idle=0x10", idle],
    ["tcp-idle= 10", idle],
    ["tcp-idle=10s", idle],
    ["tcp-idle=3,tcp-connections=5", idle],
    ["tcp-idle=99999999999999999999", idle],
    ["tcp-queries=-1", "expected a number from 1 to 1000000, or 0 for no limit"],
    ["tcp-lifetime=1h", "expected a number from 1 to 86400, or 0 for no limit"],
  ];
  for (const [text, allowed] of cases) {
    const error = assertThrows(() => parseLimits([text]), ConfigError, undefined, text);
    assertEquals(error.message, `--limit "${text}": ${allowed}`);
  }
});

Deno.test("helpText() lists every limit with its default, in 80 columns", () => {
  const lines = helpText("run").split("\n");
  for (const { name, default: standard } of Object.values(LIMITS)) {
    assertEquals(lines.filter((line) => line.includes(` ${name}=${standard} `)).length, 1, name);
  }
  const lengths = lines.map((line) => line.length);
  assertLessOrEqual(Math.max(...lengths), 80);
  assertEquals(limitHelp().length, NAMES.length);
});

Deno.test("The README names --limit, and no limit that there is not or that it would be refused with", () => {
  assertStringIncludes(README, "`--limit NAME=NUMBER`");
  const mentioned = Array.from(README.matchAll(/--limit ([a-z-]+=\d+)/g), ([, text]) => text);
  assertGreater(mentioned.length, 0);
  for (const text of mentioned) parseLimits([text]);
  const { default: responses } = LIMITS.responsesPerSecond;
  assert(new RegExp(`\\b${responses}\\s+responses\\s+a\\s+second\\b`).test(README));
});
