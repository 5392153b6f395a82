/** When something counts as wrong, and who is told (issue: a program that is wedged ends). */

import { assertEquals } from "@std/assert";
import { SelfCheck } from "../../../lib/app/service/self_check.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";

const MINUTE = 60_000;

function start(looks = 1) {
  const clock = new FakeClock();
  const found: (string | undefined)[] = new Array(looks).fill(undefined);
  const state = { looks: 0, found, wedged: [] as string[], armed: [] as number[], disarmed: 0 };
  const check = new SelfCheck({
    clock,
    looks: found.map((_, at) => ({
      look: () => {
        state.looks++;
        return Promise.resolve(state.found[at]);
      },
    })),
    deadMansSwitch: {
      arm: (seconds) => void state.armed.push(seconds),
      disarm: () => void state.disarmed++,
    },
    onWedged: (problem) => void state.wedged.push(problem),
  });
  check.start();
  return { clock, check, state };
}

Deno.test("SelfCheck looks soon after the start, and then each minute", async () => {
  const { clock, check, state } = start();
  await clock.pass(4999);
  assertEquals(state.looks, 0);
  await clock.pass(1);
  assertEquals(state.looks, 1);
  await clock.pass(10 * MINUTE);
  assertEquals(state.looks, 11);
  assertEquals(check.health, { problem: undefined });
  check.stop();
  assertEquals(clock.running, 0);
});

Deno.test("SelfCheck takes what is wrong once for an accident", async () => {
  const { clock, check, state } = start();
  state.found[0] = "no answer";
  await clock.pass(5000);
  assertEquals(check.health, { problem: undefined });
  state.found[0] = undefined;
  await clock.pass(10 * MINUTE);
  state.found[0] = "no answer";
  await clock.pass(5000 + MINUTE - 10_000);
  state.found[0] = undefined;
  await clock.pass(MINUTE);
  assertEquals([state.wedged, check.health.problem], [[], undefined]);
  check.stop();
});

Deno.test("SelfCheck looks again ten seconds after it has found something, and tells what is wrong twice in a row, once", async () => {
  const { clock, check, state } = start();
  state.found[0] = "no answer";
  await clock.pass(5000);
  assertEquals([state.looks, state.wedged], [1, []]);
  await clock.pass(10_000);
  assertEquals([state.looks, state.wedged], [2, ["no answer"]]);
  assertEquals(check.health, { problem: "no answer" });
  await clock.pass(5 * MINUTE);
  assertEquals(state.wedged, ["no answer"]);
  check.stop();
});

Deno.test("SelfCheck does not add up different things that are wrong one after the other", async () => {
  const { clock, check, state } = start(2);
  state.found[0] = "no answer";
  await clock.pass(5000);
  state.found[0] = undefined;
  state.found[1] = "no responses";
  await clock.pass(10_000);
  assertEquals(state.wedged, []);
  await clock.pass(10_000);
  assertEquals(state.wedged, ["no responses"]);
  check.stop();
});

Deno.test("SelfCheck.check() looks at once, waits for a look under way, and counts like any other", async () => {
  const { clock, check, state } = start();
  state.found[0] = "no answer";
  const both = await Promise.all([check.check(), check.check()]);
  assertEquals([state.looks, both], [1, [{ problem: undefined }, { problem: undefined }]]);
  assertEquals(await check.check(), { problem: "no answer" });
  assertEquals(state.wedged, ["no answer"]);
  check.stop();
  assertEquals(clock.running, 0);
});

Deno.test("SelfCheck puts the dead man's switch off each minute, for longer than two minutes, until it stops", async () => {
  const { clock, check, state } = start();
  await clock.pass(5000 + 3 * MINUTE);
  assertEquals(state.armed.length, 5);
  assertEquals(state.armed.every((seconds) => seconds > 120), true);
  assertEquals(state.disarmed, 0);
  check.stop();
  assertEquals(state.disarmed, 1);
  await clock.pass(10 * MINUTE);
  assertEquals(state.armed.length, 5);
});

Deno.test("SelfCheck puts the switch off while a look takes its time", async () => {
  const clock = new FakeClock();
  let armed = 0;
  const check = new SelfCheck({
    clock,
    looks: [{ look: () => new Promise(() => {}) }],
    deadMansSwitch: { arm: () => void armed++, disarm: () => {} },
    onWedged: () => {},
  });
  check.start();
  await clock.pass(10 * MINUTE);
  assertEquals(armed, 11);
  check.stop();
});
