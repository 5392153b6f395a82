import { assertEquals, assertMatch } from "@std/assert";
import { FakeClock } from "../helpers/fake_clock.ts";
import { configureLog, formatLine, LOG_LEVELS, logger, RepeatFilter } from "../../lib/base/log.ts";

const TIME = new Date("2026-07-01T12:34:56.789Z");

Deno.test("formatLine() writes the forms human, kernel and daemon (RFC 5424, 6.2.1)", () => {
  const cases = [
    ["human", 6, "2026-07-01 12:34:56Z Started"],
    ["human", 7, "2026-07-01 12:34:56Z Started"],
    ["human", 4, "2026-07-01 12:34:56Z Warning: Started"],
    ["human", 3, "2026-07-01 12:34:56Z Error: Started"],
    ["human", 2, "2026-07-01 12:34:56Z Error: Started"],
    ["kernel", 6, "<6>dnsfwd: Started"],
    ["kernel", 3, "<3>dnsfwd: Started"],
    ["daemon", 6, "<30>dnsfwd: Started"],
    ["daemon", 3, "<27>dnsfwd: Started"],
    ["daemon", 7, "<31>dnsfwd: Started"],
  ] as const;
  for (const [format, severity, line] of cases) {
    assertEquals(formatLine(format, severity, "Started", TIME), line);
  }
});

Deno.test("LOG_LEVELS are the severities of syslog in order (RFC 5424, 6.2.1)", () => {
  assertEquals([LOG_LEVELS.indexOf("emergency"), LOG_LEVELS.indexOf("debug")], [0, 7]);
  assertEquals([LOG_LEVELS.indexOf("error"), LOG_LEVELS.indexOf("warning")], [3, 4]);
  assertEquals([LOG_LEVELS.indexOf("info"), LOG_LEVELS.length], [6, 8]);
});

/** The lines that one call of each method gives, up to a severity. */
function linesAt(level: number): string[] {
  const lines: string[] = [];
  configureLog({ level, format: "kernel", write: (line) => lines.push(line) });
  const log = logger();
  log.debug("d");
  log.info("i");
  log.warning("w");
  log.error("e");
  return lines;
}

Deno.test("configureLog() leaves out lines above the level", () => {
  const all = ["<7>dnsfwd: d", "<6>dnsfwd: i", "<4>dnsfwd: w", "<3>dnsfwd: e"];
  const counts = [0, 0, 0, 1, 2, 2, 3, 4];
  counts.forEach((count, level) => {
    assertEquals(linesAt(level), all.slice(4 - count), `level ${level}`);
  });
});

Deno.test("logger() writes braces as they are", () => {
  const lines: string[] = [];
  configureLog({ level: 6, format: "kernel", write: (line) => lines.push(line) });
  logger().info("{name} and {{twice}} and } alone {");
  assertEquals(lines, ["<6>dnsfwd: {name} and {{twice}} and } alone {"]);
});

Deno.test("configureLog() stamps lines for people with the time, in UTC", () => {
  const lines: string[] = [];
  configureLog({ level: 6, format: "human", write: (line) => lines.push(line) });
  logger().info("Now");
  assertMatch(lines[0], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ Now$/);
});

Deno.test("RepeatFilter counts equal lines in a row and says so before the next", () => {
  const lines: string[] = [];
  const filter = new RepeatFilter((severity, text) => lines.push(`${severity} ${text}`));
  for (const text of ["a", "a", "a", "b", "b", "c", "a"]) filter.take(6, text);
  assertEquals(lines, [
    "6 a",
    "6 Last line repeated 2 times",
    "6 b",
    "6 Last line repeated once",
    "6 c",
    "6 a",
  ]);
});

Deno.test("RepeatFilter takes the same text of another severity as another line", () => {
  const lines: string[] = [];
  const filter = new RepeatFilter((severity, text) => lines.push(`${severity} ${text}`));
  filter.take(6, "a");
  filter.take(3, "a");
  assertEquals(lines, ["6 a", "3 a"]);
});

Deno.test("RepeatFilter.flush() tells what is still untold, once", () => {
  const lines: string[] = [];
  const filter = new RepeatFilter((severity, text) => lines.push(`${severity} ${text}`));
  filter.flush();
  filter.take(4, "a");
  filter.take(4, "a");
  filter.flush();
  filter.flush();
  assertEquals(lines, ["4 a", "4 Last line repeated once"]);
});

Deno.test("RepeatFilter tells once a minute of a line that goes on repeating", () => {
  const lines: string[] = [];
  const clock = new FakeClock();
  const filter = new RepeatFilter((_, text) => lines.push(text), clock.now);
  filter.take(4, "a");
  for (let second = 1; second <= 130; second++) {
    clock.advance(1000);
    filter.take(4, "a");
  }
  assertEquals(lines, ["a", "Last line repeated 60 times", "Last line repeated 60 times"]);
});
