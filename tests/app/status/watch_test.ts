import { assertEquals, assertRejects } from "@std/assert";
import { watch } from "../../../lib/app/status/watch.ts";
import { FakeClock, settled } from "../../helpers/fake_clock.ts";

function stage(look: () => Promise<boolean>) {
  const clock = new FakeClock();
  const controller = new AbortController();
  const done = watch(look, { clock, interval: 2000, end: controller.signal });
  return { clock, controller, done };
}

Deno.test("watch() looks at once and then at each interval, until it is to end", async () => {
  let looks = 0;
  const { clock, controller, done } = stage(() => Promise.resolve(++looks > 0));
  await clock.pass(1999);
  assertEquals(looks, 1);
  await clock.pass(1);
  assertEquals(looks, 2);
  await clock.pass(4000);
  assertEquals(looks, 4);
  controller.abort();
  await done;
  assertEquals([looks, clock.running], [4, 0]);
});

Deno.test("watch() ends while it waits for a look, and with a look that says so", async () => {
  const { controller, done } = stage(() => new Promise(() => {}));
  await settled();
  controller.abort();
  await done;
  const { clock, done: other } = stage(() => Promise.resolve(false));
  await other;
  assertEquals(clock.running, 0);
});

Deno.test("watch() does not begin once it is to end, and rejects as a look does", async () => {
  const looked = () => Promise.reject(new TypeError("looked"));
  await watch(looked, { clock: new FakeClock(), interval: 1, end: AbortSignal.abort() });
  await assertRejects(() => stage(looked).done, TypeError, "looked");
});
