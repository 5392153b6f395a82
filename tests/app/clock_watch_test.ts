import { assertEquals } from "@std/assert";
import { ClockWatch } from "../../lib/app/clock_watch.ts";
import { ClockFloor } from "../../lib/base/clock_floor.ts";

const BUILT = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;
const WRONG =
  "! This machine's clock says 2019-05-01, before this program was built (2026-11-23): " +
  "certificates cannot be checked until it is set";

function start(now: number, known?: number) {
  const state = { now, right: 0 };
  const lines: string[] = [];
  const add = (text: string) => void lines.push(text);
  const log = { debug: add, info: add, warning: (text: string) => add(`! ${text}`), error: add };
  const floor = new ClockFloor({ built: BUILT, known, wall: () => state.now });
  const watch = new ClockWatch(floor, log, () => void state.right++);
  return { floor, lines, state, watch };
}

Deno.test("ClockWatch warns of a wrong clock once, and tells when it is right", () => {
  const { lines, state, watch } = start(Date.UTC(2019, 4, 1));
  for (let second = 0; second < 5; second++) watch.look();
  assertEquals([lines, state.right], [[WRONG], 0]);
  state.now = BUILT + DAY;
  for (let second = 0; second < 5; second++) watch.look();
  const right = "This machine's clock says 2026-11-24 now: certificates can be checked";
  assertEquals([lines, state.right], [[WRONG, right], 1]);
  state.now = Date.UTC(2019, 4, 1);
  watch.look();
  assertEquals(lines, [WRONG, right, WRONG]);
});

Deno.test("ClockWatch says nothing of a clock that is right", () => {
  const { lines, state, watch } = start(BUILT);
  watch.look();
  assertEquals([lines, state.right], [[], 0]);
});

Deno.test("ClockWatch tells that a certificate is valid by a clock taken for wrong, and what works is left alone", () => {
  const { floor, lines, state, watch } = start(BUILT + DAY, BUILT + 900 * DAY);
  assertEquals(lines.length, 1);
  floor.onProof();
  watch.look();
  const text = "A certificate is valid by this machine's clock (2026-11-24): going on with it";
  assertEquals([lines.slice(1), state.right], [[text], 0]);
});
