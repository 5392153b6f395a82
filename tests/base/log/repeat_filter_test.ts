import { assert, assertEquals } from "@std/assert";
import { RepeatFilter } from "../../../lib/base/log/repeat_filter.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";

interface Stage {
  readonly lines: string[];
  readonly clock: FakeClock;
  readonly filter: RepeatFilter;
  /** Takes each text, so many milliseconds apart. */
  take(texts: readonly string[], pause?: number): void;
}

function stage(): Stage {
  const lines: string[] = [];
  const clock = new FakeClock();
  const filter = new RepeatFilter(({ severity, text }) => {
    lines.push(severity === 6 ? text : `${severity} ${text}`);
  }, clock.now);
  const take = (texts: readonly string[], pause = 0) => {
    for (const text of texts) {
      filter.take({ severity: 6, category: "service", text });
      clock.advance(pause);
    }
  };
  return { lines, clock, filter, take };
}

Deno.test("RepeatFilter counts equal lines in a row and says so before the next", () => {
  const { lines, take } = stage();
  take(["a", "a", "a", "b", "b", "c", "a"]);
  const expected = ["a", "Last line repeated 2 times", "b", "Last line repeated once", "c", "a"];
  assertEquals(lines, expected);
});

Deno.test("RepeatFilter takes the same text of another severity, category or upstream as another line", () => {
  const { lines, filter } = stage();
  const line = { severity: 6, category: "upstream", text: "a" } as const;
  filter.take(line);
  filter.take({ ...line, severity: 3 });
  filter.take({ ...line, category: "config" });
  filter.take({ ...line, upstream: "b" });
  assertEquals(lines, ["a", "3 a", "a", "a"]);
});

Deno.test("RepeatFilter.flush() tells what is still untold, once", () => {
  const { lines, filter, take } = stage();
  filter.flush();
  take(["a", "a"]);
  assert(filter.isOwing);
  filter.flush();
  filter.flush();
  assert(!filter.isOwing);
  assertEquals(lines, ["a", "Last line repeated once"]);
});

Deno.test("RepeatFilter tells once a minute of a line that goes on repeating", () => {
  const { lines, clock, take } = stage();
  take(["a"]);
  clock.advance(1000);
  take(Array(130).fill("a"), 1000);
  assertEquals(lines, ["a", "Last line repeated 60 times", "Last line repeated 60 times"]);
});

Deno.test("RepeatFilter writes lines that come by turns three times, and counts them from then on", () => {
  const { lines, clock, filter, take } = stage();
  take(Array(10).fill(["down", "up"]).flat(), 1000);
  assertEquals(lines, ["down", "up", "down", "up", "down", "up"]);
  clock.advance(40_000);
  filter.tick();
  // What came last is told last: that is how it is now.
  assertEquals(lines.slice(6), ["Repeated 7 times: down"]);
  clock.advance(1000);
  filter.tick();
  assertEquals(lines.slice(7), ["Repeated 7 times: up"]);
});

Deno.test("RepeatFilter tells of lines that go on coming by turns once a minute each", () => {
  const { lines, clock, filter } = stage();
  for (let second = 0; second < 3600; second++) {
    const text = second % 2 === 0 ? "down" : "up";
    filter.take({ severity: 6, category: "service", text });
    clock.advance(1000);
    if (second % 5 === 0) filter.tick();
  }
  filter.flush();
  assert(lines.length < 6 + 2 * 61, `${lines.length} lines`);
  const told = lines.map((line) => /^Repeated (\d+) times: /.exec(line)?.[1] ?? 1);
  assertEquals(told.reduce((sum: number, each) => sum + Number(each), 0), 3600);
});

Deno.test("RepeatFilter writes a line again that comes after a calm minute", () => {
  const { lines, clock, filter, take } = stage();
  take(["a", "b", "a", "b", "a", "b"]);
  clock.advance(60_000);
  filter.tick();
  take(["a", "b"]);
  assertEquals(lines.slice(6), ["a", "b"]);
  clock.advance(3_600_000);
  take(["b"]);
  assertEquals(lines.slice(8), ["b"]);
});

Deno.test("RepeatFilter remembers few lines, and forgets none that it has counted without telling", () => {
  const { lines, take } = stage();
  take(["a", "b", "a", "b", "a", "b", "a", "a"]);
  take(Array.from({ length: 1000 }, (_, number) => `line ${number}`));
  assertEquals(lines.filter((line) => line === "Repeated 2 times: a").length, 1);
  assertEquals(lines.length, 6 + 1 + 1000);
});
