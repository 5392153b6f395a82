import { assertEquals, assertRejects } from "@std/assert";
import { NoAnswer, NoInstance } from "../../../lib/app/instance/control_client.ts";
import type { Reply } from "../../../lib/app/instance/control_protocol.ts";
import { StatusFeed } from "../../../lib/app/status/status_feed.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { REPORT } from "../../helpers/report.ts";

const REPLY: Reply = { ...REPORT, version: 1, ok: true, healthy: true };
const NEWS = "Started anew: process 2 in place of 1";

/** A feed of `answers`, one after the other. */
function feed(...answers: (Reply | Error)[]) {
  const clock = new FakeClock();
  const ask = () => {
    const answer = answers.shift() ?? REPLY;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const made = new StatusFeed({ ask, clock, wall: () => 0 });
  const next = async () =>
    (await made.next({ width: 80, isUnicode: false })).map(({ text }) => text);
  return { clock, next };
}

Deno.test("StatusFeed.next() says that the instance is gone or silent, since when, and that it goes on", async () => {
  const gone = new NoInstance("Not running (looked in /run)");
  const { clock, next } = feed(gone, REPLY, new NoAnswer("No answer"), gone);
  assertEquals(await next(), ["Not running (looked in /run); trying again"]);
  assertEquals((await next())[0].slice(0, 8), "Working:");
  clock.advance(3000);
  assertEquals(await next(), ["No answer; trying again (last answer 3 s ago)"]);
  clock.advance(180_000);
  assertEquals(
    (await next()).join(""),
    [
      "Not running (looked in /run); trying again (last answer 3 min ago)",
    ].join(),
  );
});

Deno.test("StatusFeed.next() says for a minute that another process has come, behind the verdict", async () => {
  const second = { ...REPLY, pid: 2 };
  const { clock, next } = feed({ ...REPLY, pid: 1 }, second, second, second);
  assertEquals((await next()).includes(NEWS), false);
  assertEquals((await next())[1], NEWS);
  clock.advance(59_999);
  assertEquals((await next())[1], NEWS);
  clock.advance(1);
  assertEquals((await next()).includes(NEWS), false);
});

Deno.test("StatusFeed.next() tells why an instance does not say anything, and moves no cursor", async () => {
  const { next } = feed({ version: 1, ok: false, error: "Too many\x1b" }, {
    version: 1,
    ok: false,
  });
  assertEquals(await next(), ["Too many\\x1b; trying again"]);
  assertEquals(await next(), ["The reason is not known; trying again"]);
});

Deno.test("StatusFeed.next() hides no mistake", async () => {
  await assertRejects(() => feed(new TypeError("x")).next(), TypeError);
});
