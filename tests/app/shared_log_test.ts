import { assertEquals } from "@std/assert";
import { SharedLog } from "../../lib/app/shared_log.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

function start() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const write = (severity: string) => (text: string) => void lines.push(`${severity}: ${text}`);
  const [debug, info, warning, error] = ["debug", "info", "warning", "error"].map(write);
  return { clock, lines, log: new SharedLog({ debug, info, warning, error }, clock) };
}

const GONE = "Cannot reach upstream tls://192.0.2.53: connection refused";

Deno.test("SharedLog tells once of a return that several have counted failed attempts until", () => {
  const { lines, log } = start();
  for (const failed of ["", " and a failed attempt", " and 3 failed attempts"]) {
    log.info(`Upstream answers again after 4.5 s${failed}`);
  }
  assertEquals(lines, ["info: Upstream answers again after 4.5 s"]);
});

Deno.test("SharedLog tells what several say once, times that they measured aside", () => {
  const { lines, log } = start();
  for (let count = 0; count < 3; count++) log.warning(GONE);
  for (const time of ["0.3", "12", "4.5"]) log.info(`Upstream answers again after ${time} s`);
  log.warning(GONE);
  assertEquals(lines, [
    `warning: ${GONE}`,
    "info: Upstream answers again after 0.3 s",
    `warning: ${GONE}`,
  ]);
});

Deno.test("SharedLog tells each of several causes once, though all meet them in turn", () => {
  const { lines, log } = start();
  const causes = ["connection refused", "no reply", "reset by the upstream"];
  const all = () => {
    for (let count = 0; count < 3; count++) {
      for (const cause of causes) log.warning(`Cannot reach upstream: ${cause}`);
    }
    return lines.splice(0);
  };
  const once = causes.map((cause) => `warning: Cannot reach upstream: ${cause}`);
  assertEquals(all(), once);
  log.info("Upstream answers again after 3.0 s");
  assertEquals(all(), ["info: Upstream answers again after 3.0 s", ...once]);
});

Deno.test("SharedLog tells the same again after a minute", () => {
  const { clock, lines, log } = start();
  log.warning(GONE);
  clock.advance(59_999);
  log.warning(GONE);
  assertEquals(lines.length, 1);
  clock.advance(1);
  log.warning(GONE);
  assertEquals(lines.length, 2);
});

Deno.test("SharedLog tells lines that differ, and every line for debugging", () => {
  const { lines, log } = start();
  log.error("Upstream one fails");
  log.error("Upstream two fails");
  for (let count = 0; count < 2; count++) log.debug("Connected in 3 ms");
  assertEquals(lines.length, 4);
});
