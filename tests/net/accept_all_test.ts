import { assertEquals } from "@std/assert";
import { acceptAll } from "../../lib/net/accept_all.ts";
import { FakeClock, settled } from "../helpers/fake_clock.ts";

type Outcome = string | Error;

/** A listener of which the test says what comes of each accept. */
function start() {
  const clock = new FakeClock();
  const seen = { welcomed: [] as string[], closed: [] as string[], failures: [] as string[] };
  let isClosed = false;
  let next = Promise.withResolvers<Outcome>();
  const accept = async () => {
    const outcome = await next.promise;
    next = Promise.withResolvers<Outcome>();
    if (outcome instanceof Error) throw outcome;
    return { name: outcome, close: () => void seen.closed.push(outcome) };
  };
  const running = acceptAll({
    accept,
    welcome: ({ name }) => void seen.welcomed.push(name),
    isClosed: () => isClosed,
    onFailure: ({ message }) => void seen.failures.push(message),
    clock,
  });
  const come = async (outcome: Outcome) => {
    next.resolve(outcome);
    await settled();
  };
  const close = async (outcome: Outcome) => {
    isClosed = true;
    await come(outcome);
    await running;
  };
  return { clock, seen, come, close };
}

Deno.test("acceptAll() hands each connection over, and closes one that comes too late", async () => {
  const { clock, seen, come, close } = start();
  await come("one");
  await come("two");
  await close("late");
  assertEquals(seen, { welcomed: ["one", "two"], closed: ["late"], failures: [] });
  assertEquals(clock.running, 0);
});

Deno.test("acceptAll() tells of failures in a row once, and tries again after a second", async () => {
  const { clock, seen, come, close } = start();
  for (let each = 0; each < 3; each++) {
    await come(new Error("too many open files"));
    await clock.pass(1000);
  }
  assertEquals(seen.failures, ["too many open files"]);
  await come("one");
  await come(new Error("too many again"));
  await clock.pass(1000);
  await close(new Error("closed"));
  assertEquals(seen.failures, ["too many open files", "too many again"]);
  assertEquals([seen.welcomed, clock.running], [["one"], 0]);
});
