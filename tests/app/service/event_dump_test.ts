import { assertEquals } from "@std/assert";
import { EventDump } from "../../../lib/app/service/event_dump.ts";
import { reportUnexpected } from "../../../lib/app/service/unexpected.ts";
import { configureLog, logger } from "../../../lib/base/log.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";

Deno.test("EventDump dumps the events after a mistake, once for all that come within ten minutes", () => {
  const lines: string[] = [];
  const clock = new FakeClock();
  configureLog({ level: 6, format: "kernel", write: (line) => lines.push(line), clock });
  const source = new EventTarget();
  const { onUnexpected } = new EventDump(clock);
  const end = reportUnexpected(logger(), { source, onReport: onUnexpected });
  const dumps = () => lines.filter((line) => line.includes("Flight recorder")).length;
  const fail = () => source.dispatchEvent(new ErrorEvent("error", { error: new Error("bad") }));
  fail();
  assertEquals(lines[0].slice(0, 26), "<3>dnsfwd: Unexpected: Err");
  assertEquals(dumps(), 1);
  for (let turn = 0; turn < 100; turn++) fail();
  assertEquals(dumps(), 1);
  clock.advance(600_000);
  fail();
  assertEquals(dumps(), 2);
  end();
  configureLog({ level: 0, format: "kernel", write: () => {} });
});
