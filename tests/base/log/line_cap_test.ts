import { assert, assertEquals } from "@std/assert";
import { LineCap } from "../../../lib/base/log/line_cap.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";

const MINUTE = 60_000;
const [ERROR, WARNING, INFO, DEBUG] = [3, 4, 6, 7];
const REASON = "more than --limit log-lines=20 allows in a minute";

function stage(perMinute = 20) {
  const lines: string[] = [];
  const clock = new FakeClock();
  const cap = new LineCap(perMinute, ({ severity, text }) => {
    lines.push(`${severity} ${text}`);
  }, clock.now);
  const take = (severity: number, count: number, text = "line") => {
    for (let number = 0; number < count; number++) {
      cap.take({ severity, category: "service", text });
    }
  };
  return { lines, clock, cap, take };
}

Deno.test("LineCap writes so many lines a minute, and says how many it left out", () => {
  const { lines, clock, take } = stage();
  take(ERROR, 432);
  assertEquals(lines, Array(20).fill("3 line"));
  clock.advance(MINUTE);
  take(INFO, 1);
  assertEquals(lines.slice(20), [`3 412 lines left out, 412 of them errors: ${REASON}`, "6 line"]);
});

Deno.test("LineCap keeps lines for what matters more", () => {
  const { lines, clock, cap, take } = stage();
  take(DEBUG, 100);
  assertEquals(lines.length, 10);
  take(INFO, 100);
  assertEquals(lines.length, 15);
  take(WARNING, 100);
  assertEquals(lines.length, 18);
  take(ERROR, 3);
  assertEquals(lines.slice(18), ["3 line", "3 line"]);
  clock.advance(MINUTE);
  assert(cap.isOwing);
  cap.tick();
  assert(!cap.isOwing);
  assertEquals(lines.slice(20), [`3 283 lines left out, 1 of them errors: ${REASON}`]);
});

Deno.test("LineCap tells nothing before the minute is over, and then as a warning where no error was lost", () => {
  const { lines, clock, cap, take } = stage();
  take(DEBUG, 11);
  clock.advance(MINUTE - 1);
  cap.tick();
  assertEquals(lines.length, 10);
  clock.advance(1);
  cap.tick();
  assertEquals(lines.slice(10), [`4 One line left out, none of them errors: ${REASON}`]);
});

Deno.test("LineCap writes all lines where there is no limit", () => {
  const { lines, cap, take } = stage(0);
  take(DEBUG, 100_000);
  assertEquals([lines.length, cap.isOwing], [100_000, false]);
});
