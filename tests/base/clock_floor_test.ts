/** A clock that is wrong, and when it no longer is. */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { ClockFloor } from "../../lib/base/clock_floor.ts";

const BUILT = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;

function start(now: number, known?: number) {
  const state = { now };
  return { state, floor: new ClockFloor({ built: BUILT, known, wall: () => state.now }) };
}

Deno.test("ClockFloor.isWrong holds before the later of build and last known time, not at it", () => {
  const cases: [number, number | undefined, boolean][] = [
    [0, undefined, true],
    [BUILT - 1, undefined, true],
    [BUILT, undefined, false],
    [BUILT + DAY, undefined, false],
    [BUILT - 1, BUILT - DAY, true],
    [BUILT, BUILT - DAY, false],
    [BUILT + DAY, BUILT + 2 * DAY, true],
    [BUILT + 2 * DAY, BUILT + 2 * DAY, false],
  ];
  for (const [now, known, isWrong] of cases) {
    assertEquals(start(now, known).floor.isWrong, isWrong, `${now} ${known}`);
  }
});

Deno.test("ClockFloor.isWrong ends when the clock is set or gets there by itself", () => {
  const { floor, state } = start(BUILT - 2000);
  assert(floor.isWrong);
  state.now += 1999;
  assert(floor.isWrong);
  state.now++;
  assert(!floor.isWrong);
});

Deno.test("ClockFloor takes a verified chain for proof, until the clock is set again", () => {
  const { floor, state } = start(BUILT + DAY, BUILT + 900 * DAY);
  assert(floor.isWrong);
  assert(!floor.isBelieved);
  floor.onProof();
  assert(!floor.isWrong);
  assert(floor.isBelieved);
  state.now = 0;
  floor.onClockSet();
  assert(floor.isWrong);
  assert(!floor.isBelieved);
});

Deno.test("ClockFloor.isBelieved does not hold before the build date, whatever was verified", () => {
  const { floor } = start(BUILT - DAY);
  floor.onProof();
  assert(!floor.isWrong, "certificates can be checked with it, as everywhere");
  assert(!floor.isBelieved, "yet it is not the time");
});

Deno.test("ClockFloor says what the clock says and why that cannot be", () => {
  const old = start(Date.UTC(2019, 4, 1)).floor;
  assertEquals(
    old.complaint,
    "This machine's clock says 2019-05-01, before this program was built (2026-11-23): " +
      "certificates cannot be checked until it is set",
  );
  assertEquals(old.cause, "this machine's clock is wrong: it says 2019-05-01");
  assertLessOrEqual(`upstream: ${old.cause}`.length, 64, "room in an extended error");
  assert(old.detail.includes("before this program was built (2026-11-23)"));
  const behind = start(BUILT + DAY, BUILT + 40 * DAY).floor;
  assert(
    behind.complaint.includes(
      "says 2026-11-24, before it was last known to be right (2027-01-02)",
    ),
  );
  const sameDay = start(BUILT + 60_000, BUILT + 7_200_000).floor;
  assert(sameDay.complaint.includes("says 2026-11-23 00:01 UTC, before"), sameDay.complaint);
  assert(sameDay.complaint.includes("(2026-11-23 02:00 UTC)"), sameDay.complaint);
});

Deno.test("ClockFloor.remember() moves the floor", () => {
  const { floor } = start(BUILT + DAY, BUILT + 9 * DAY);
  assert(floor.isWrong);
  floor.remember(BUILT + DAY);
  assert(!floor.isWrong);
});
