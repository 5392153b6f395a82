import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  configureLog,
  dumpEvents,
  flushLog,
  inContext,
  logger,
  type LogOptions,
  recordedEvents,
} from "../../lib/base/log.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { LogRecorder } from "../helpers/log_recorder.ts";

/** Sets the log up; returns the lines that it will have. */
function configured(options: Partial<LogOptions> = {}): string[] {
  const lines: string[] = [];
  const clock = new FakeClock();
  configureLog({
    level: 6,
    format: "kernel",
    write: (line) => lines.push(line),
    clock,
    ...options,
  });
  return lines;
}

/** The lines that one call of each method gives, up to a severity. */
function linesAt(level: number): string[] {
  const lines = configured({ level });
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

Deno.test("configureLog() takes another level for what lines are about", () => {
  const lines = configured({ level: 4, levels: { upstream: 7, config: 3 } });
  for (const category of ["upstream", "config", "listener"] as const) {
    const log = logger({ category });
    log.debug(`${category} d`);
    log.info(`${category} i`);
    log.warning(`${category} w`);
    log.error(`${category} e`);
  }
  assertEquals(lines.map((line) => line.slice(line.indexOf(" ") + 1)), [
    "upstream d",
    "upstream i",
    "upstream w",
    "upstream e",
    "config e",
    "listener w",
    "listener e",
  ]);
});

Deno.test("logger() writes braces as they are", () => {
  const lines = configured();
  logger().info("{name} and {{twice}} and } alone {");
  assertEquals(lines, ["<6>dnsfwd: {name} and {{twice}} and } alone {"]);
});

Deno.test("configureLog() stamps lines for people with the time, in UTC", () => {
  const lines = configured({ format: "human" });
  logger().info("Now");
  assertMatch(lines[0], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ Now$/);
});

Deno.test("inContext() gives the lines of a log another category, and an upstream", () => {
  const lines = configured({ format: "json" });
  const log = logger();
  log.info("one");
  inContext(log, { category: "upstream", upstream: "tls://{braces}" }).warning("two");
  const fields = lines.map((line) => {
    const { category, level, message, upstream } = JSON.parse(line);
    return [category, level, message, upstream];
  });
  assertEquals(fields, [
    ["service", "info", "one", undefined],
    ["upstream", "warning", "two", "tls://{braces}"],
  ]);
  const other = new LogRecorder();
  assertEquals(inContext(other, { category: "upstream" }), other);
});

Deno.test("configureLog() counts what is repeated, and tells it a minute later by itself", () => {
  const clock = new FakeClock();
  const lines = configured({ clock });
  for (let turn = 0; turn < 5; turn++) {
    logger().info("down");
    logger().info("up");
  }
  assertEquals(lines.length, 6);
  clock.advance(70_000);
  assertEquals(lines.slice(6), [
    "<6>dnsfwd: Repeated 2 times: down",
    "<6>dnsfwd: Repeated 2 times: up",
  ]);
  clock.advance(70_000);
  assertEquals(clock.running, 0);
});

Deno.test("configureLog() caps the lines of a minute, at level debug as well, and tells it by itself", () => {
  const clock = new FakeClock();
  const lines = configured({ clock, level: 7, linesPerMinute: 10 });
  for (let number = 0; number < 1000; number++) logger().debug(`line ${number}`);
  logger().error("important");
  assertEquals(lines.length, 6);
  assertEquals(lines.at(-1), "<3>dnsfwd: important");
  clock.advance(70_000);
  assertEquals(lines.slice(6), [
    "<4>dnsfwd: 995 lines left out, none of them errors: " +
    "more than --limit log-lines=10 allows in a minute",
  ]);
  assertEquals(clock.running, 0);
});

Deno.test("flushLog() and another configureLog() tell what was counted, and leave no timer", () => {
  const clock = new FakeClock();
  const lines = configured({ clock });
  logger().info("a");
  logger().info("a");
  flushLog();
  assertEquals(lines.slice(1), ["<6>dnsfwd: Last line repeated once"]);
  logger().info("a");
  const after = configured();
  assertEquals([lines.length, after.length, clock.running], [3, 0, 0]);
});

Deno.test("recordedEvents() has what is logged, whatever the level is, and dumpEvents() writes it", () => {
  const lines = configured({ level: 0, linesPerMinute: 1 });
  const before = recordedEvents().at(-1)?.number ?? 0;
  logger({ category: "clock" }).debug("quiet {x}");
  logger({ category: "upstream", upstream: "u" }).error("loud");
  const events = recordedEvents().filter(({ number }) => number > before);
  assertEquals(
    events.map(({ level, category, text, upstream }) => [level, category, text, upstream]),
    [
      ["debug", "clock", "quiet {x}", undefined],
      ["error", "upstream", "loud", "u"],
    ],
  );
  assertEquals(lines, []);
  dumpEvents("test");
  const { length } = lines;
  assert(length >= 4);
  assertMatch(lines[0], /^<6>dnsfwd: Flight recorder \(test\), (all|the last) \d+/);
  assertMatch(lines[length - 3], /^<6>dnsfwd: Event \S+ \S+Z clock debug: quiet \{x\}$/);
  dumpEvents("test");
  assertEquals(lines.length, 2 * length, "the dump is no event itself");
});
