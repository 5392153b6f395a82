import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { IdleTime } from "../../../lib/resolver/upstream/idle_time.ts";

const OWN = 8000;
/** What `limit()` is given where the upstream does not say. */
const UNSAID = -1;

Deno.test("IdleTime.limit() is our own where nothing is known of the upstream", () => {
  assertEquals(new IdleTime(OWN).limit(UNSAID), OWN);
});

Deno.test("IdleTime.limit() is a little less than the upstream allows, at most a minute (RFC 7828, 3.2.2; KA-05)", () => {
  const time = new IdleTime(OWN);
  const cases = [[3000, 2500], [5000, 4500], [10_000, 9000], [30_000, 27_000], [100, 50]];
  for (const [timeout, limit] of cases) assertEquals(time.limit(timeout), limit, `${timeout}`);
  for (const timeout of [70_000, 6_553_500]) assertEquals(time.limit(timeout), 60_000);
});

Deno.test("IdleTime.limit() is a little less than the shortest idleness after which the upstream closed", () => {
  const time = new IdleTime(OWN);
  time.onClosedByUpstream(6000);
  assertEquals(time.limit(UNSAID), 5400);
  time.onClosedByUpstream(2000);
  assertEquals(time.limit(UNSAID), 1500);
  time.onClosedByUpstream(4000);
  assertEquals(time.limit(UNSAID), 1500);
});

Deno.test("IdleTime.limit() believes what the upstream does where it says something else", () => {
  const time = new IdleTime(OWN);
  time.onClosedByUpstream(20_000);
  assertEquals([time.limit(30_000), time.limit(UNSAID), time.limit(3000)], [18_000, OWN, 2500]);
});

Deno.test("IdleTime.onClosedByUpstream() learns nothing from a connection closed at once", () => {
  const time = new IdleTime(OWN);
  for (const idle of [0, 1, 999]) assertEquals(time.onClosedByUpstream(idle), false);
  assertEquals(time.limit(UNSAID), OWN);
  time.onClosedByUpstream(1000);
  assertEquals(time.limit(UNSAID), 500);
});

Deno.test("IdleTime.onClosedByUpstream() wants a new connection where the time is short (Q24)", () => {
  const wants = [1000, 2000, 29_999, 30_000, 60_000].map((idle) =>
    new IdleTime(OWN).onClosedByUpstream(idle)
  );
  assertEquals(wants, [true, true, true, false, false]);
});

/** An upstream that closes after `idle` milliseconds, for so many connections; how many it closed first. */
function live(time: IdleTime, idle: number, connections: number): number {
  let theirs = 0;
  for (let count = 0; count < connections; count++) {
    const limit = time.limit(UNSAID);
    if (limit < idle) time.onClosedFirst(limit);
    else {
      time.onClosedByUpstream(idle);
      theirs++;
    }
  }
  return theirs;
}

Deno.test("IdleTime forgets an accident: the limit grows by a tenth for each connection that we closed first", () => {
  const time = new IdleTime(OWN);
  time.onClosedByUpstream(2000);
  const limits = Array.from({ length: 20 }, () => {
    const limit = time.limit(UNSAID);
    time.onClosedFirst(limit);
    return limit;
  });
  assertEquals(limits.slice(0, 4).map(Math.round), [1500, 1700, 1920, 2162]);
  assertEquals(limits.findIndex((limit) => limit === OWN), 16);
});

Deno.test("IdleTime tries less and less often to be idle for longer where the upstream means it", () => {
  for (const idle of [1500, 2000, 5000, 8000]) {
    const time = new IdleTime(OWN);
    const first = live(time, idle, 100);
    const later = live(time, idle, 1000);
    assertLessOrEqual(first, 12, `${idle} ms: of the first hundred`);
    assert(later > 0, `${idle} ms: it would notice a change`);
    assertLess(later, 50, `${idle} ms: of a thousand`);
  }
});

Deno.test("IdleTime finds out that the upstream has become patient", () => {
  const time = new IdleTime(OWN);
  live(time, 2000, 1000);
  live(time, 60_000, 500);
  assertEquals(time.limit(UNSAID), OWN);
});

Deno.test("IdleTime.onClosedFirst() learns nothing where another limit was in force", () => {
  const time = new IdleTime(OWN);
  time.onClosedByUpstream(6000);
  for (let count = 0; count < 100; count++) time.onClosedFirst(time.limit(3000));
  assertEquals(time.limit(UNSAID), 5400);
});
