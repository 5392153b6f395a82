/** How long an upstream lets its connection be idle (RFC 7828; KA-05, DOT-08, Q24; A7, A20). */

import { assertEquals } from "@std/assert";
import { keepalive } from "../../helpers/edns.ts";
import { IDLE, type UpstreamStage, upstreamTest } from "./upstream_stage.ts";

/** How long the connection lives from now on, to 100 ms; `limit` if it is not closed until then. */
async function lifetime(stage: UpstreamStage, limit = 100_000): Promise<number> {
  const { stream } = stage;
  const start = stage.time;
  while (!stream.isClosed && stage.time - start < limit) await stage.pass(100);
  return stage.time - start;
}

upstreamTest(
  "Upstream closes before the time that the latest response allows, be it shorter than its own or longer (RFC 7828, 3.2.2; KA-05, A20)",
  async (stage) => {
    for (const [timeout, expected] of [[30, 2500], [10, 500], [200, 18_000], [6000, 60_000]]) {
      await stage.use(timeout);
      assertEquals(await lifetime(stage), expected, `timeout ${timeout}`);
    }
  },
);

upstreamTest(
  "Upstream goes back to its own limit where the latest response does not say (RFC 7828, 3.2.2; KA-05)",
  async (stage) => {
    for (const timeout of [30, 200]) {
      await stage.use(timeout);
      await stage.pass(1000);
      await stage.use();
      assertEquals(await lifetime(stage), IDLE, `after timeout ${timeout}`);
    }
  },
);

upstreamTest("Upstream heeds the timeout of the latest response (KA-05)", async (stage) => {
  for (const [first, second, expected] of [[200, 30, 2500], [30, 200, 18_000]]) {
    await stage.use(first);
    await stage.pass(1000);
    await stage.use(second);
    assertEquals(await lifetime(stage), expected, `${first}, then ${second}`);
  }
});

upstreamTest(
  "Upstream counts from the last response, and closes nothing that a query waits on",
  async (stage) => {
    await stage.use(30);
    await stage.pass(2400);
    await stage.asked("slow.example");
    await stage.pass(900);
    await stage.stream.answer("slow.example", { edns: { options: [keepalive(30)] } });
    assertEquals(await lifetime(stage), 2500);
    assertEquals(stage.streams.length, 1);
  },
);

upstreamTest(
  "Upstream sets a timer only now and then, whatever timeouts it hears",
  async (stage) => {
    const { after } = stage.clock;
    let timers = 0;
    stage.clock.after = (delay, callback) => {
      timers++;
      return after.call(stage.clock, delay, callback);
    };
    const started = stage.upstream.counters.sent;
    for (let count = 0; count < 200; count++) await stage.use(count % 2 === 0 ? 30 : 300);
    assertEquals(stage.upstream.counters.sent - started, 200);
    assertEquals(timers, 3, "one for deadlines, two for idleness");
  },
);

upstreamTest(
  "Upstream is the first to close once the upstream has closed an idle connection (DOT-08, A7)",
  async (stage) => {
    await stage.use();
    await stage.pass(2000);
    await stage.stream.end();
    await stage.use();
    assertEquals(await lifetime(stage), 1500);
    assertEquals(stage.upstream.counters.failed, 0);
  },
);

upstreamTest(
  "Upstream learns the same from an end without close_notify or by RST (RFC 7858, 3.4; DOT-11)",
  async (stage) => {
    const endings = [new Deno.errors.UnexpectedEof(), new Deno.errors.ConnectionReset()];
    for (const [number, ending] of endings.entries()) {
      await stage.use();
      await stage.pass(4000 - 1000 * number);
      await stage.stream.end(ending);
      await stage.use();
      assertEquals(await lifetime(stage), 3500 - 1000 * number);
    }
  },
);

upstreamTest(
  "Upstream learns nothing from the end of a connection that was in use",
  async (stage) => {
    await stage.asked("slow.example");
    await stage.pass(900);
    await stage.stream.answer("slow.example");
    await stage.asked("slower.example");
    await stage.pass(2000);
    await stage.stream.end();
    await stage.stream.answer("slower.example");
    assertEquals(await lifetime(stage), IDLE);
  },
);

upstreamTest(
  "Upstream lets a connection be idle for longer again after those that it closed without incident",
  async (stage) => {
    await stage.use();
    await stage.pass(2000);
    await stage.stream.end();
    const lifetimes: number[] = [];
    for (let count = 0; count < 20; count++) {
      await stage.use();
      lifetimes.push(await lifetime(stage));
    }
    assertEquals(lifetimes.slice(0, 3), [1500, 1700, 2000]);
    assertEquals(lifetimes.at(-1), IDLE);
  },
);
