import { assertEquals } from "@std/assert";
import { Sweep } from "../../lib/base/sweep.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

/** A sweep of 50 ms that goes on for as long as `isNeeded` says, and the times of its ticks. */
function started(isNeeded: (tick: number) => boolean) {
  const clock = new FakeClock();
  const ticks: number[] = [];
  const start = clock.now();
  const sweep = new Sweep(clock, 50, (now) => {
    assertEquals(now, clock.now());
    return isNeeded(ticks.push(now - start));
  });
  return { clock, ticks, sweep };
}

Deno.test("Sweep runs no timer before wake()", () => {
  const { clock, ticks } = started(() => true);
  clock.advance(1000);
  assertEquals([clock.running, ticks.length], [0, 0]);
});

Deno.test("Sweep.wake() ticks until a tick finds nothing left, and then has no timer", () => {
  const { clock, ticks, sweep } = started((tick) => tick < 3);
  sweep.wake();
  clock.advance(1000);
  assertEquals(ticks, [50, 100, 150]);
  assertEquals(clock.running, 0);
});

Deno.test("Sweep.wake() starts one timer, however often it is called", () => {
  const { clock, ticks, sweep } = started((tick) => tick < 2);
  for (let count = 0; count < 5; count++) sweep.wake();
  assertEquals(clock.running, 1);
  clock.advance(20);
  sweep.wake();
  clock.advance(80);
  assertEquals(ticks, [50, 100]);
});

Deno.test("Sweep.wake() starts again after the end", () => {
  const { clock, ticks, sweep } = started(() => false);
  sweep.wake();
  clock.advance(200);
  sweep.wake();
  clock.advance(200);
  assertEquals(ticks, [50, 250]);
});

Deno.test("Sweep.stop() ends the ticks; wake() begins anew", () => {
  const { clock, ticks, sweep } = started(() => true);
  sweep.wake();
  clock.advance(60);
  sweep.stop();
  assertEquals(clock.running, 0);
  clock.advance(1000);
  assertEquals(ticks, [50]);
  sweep.wake();
  clock.advance(50);
  assertEquals(ticks, [50, 1110]);
});

Deno.test("Sweep.wake() from within a tick does not double the ticks", () => {
  const clock = new FakeClock();
  let ticks = 0;
  const sweep: Sweep = new Sweep(clock, 50, () => {
    ticks++;
    sweep.wake();
    return true;
  });
  sweep.wake();
  clock.advance(500);
  assertEquals([ticks, clock.running], [10, 1]);
  sweep.stop();
});

Deno.test("Sweep puts a tick off once that comes much too late, so that what arrived is read first", () => {
  const { clock, ticks, sweep } = started((tick) => tick < 3);
  sweep.wake();
  clock.standStill(10_000);
  assertEquals(ticks, []);
  clock.advance(50);
  assertEquals(ticks, [10_050]);
  clock.standStill(10_000);
  clock.standStill(10_000);
  assertEquals(ticks, [10_050, 30_050], "not again and again");
  clock.standStill(900);
  assertEquals(ticks, [10_050, 30_050, 30_950], "what load explains");
  assertEquals(clock.running, 0);
});
