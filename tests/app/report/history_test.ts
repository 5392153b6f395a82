import { assertEquals } from "@std/assert";
import { History } from "../../../lib/app/report/history.ts";
import { ListenerCounters } from "../../../lib/listener/listener_counters.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";

function start() {
  const clock = new FakeClock();
  const counters = new ListenerCounters();
  const history = new History(clock, counters);
  /** So many queries in a second, each of which took `time` milliseconds. */
  const second = (queries: number, time: number, failed = 0) => {
    for (let each = 0; each < queries; each++) counters.latency.add(time);
    counters.received += queries;
    counters.answered += queries;
    counters.failed += failed;
    clock.advance(1000);
    history.look();
  };
  const seconds = (count: number, queries: number, time: number, failed = 0) => {
    for (let each = 0; each < count; each++) second(queries, time, failed);
  };
  return { history, counters, clock, second, seconds };
}

Deno.test("History says nothing of latencies before there is a reply, and no rate before there is time", () => {
  const { history } = start();
  assertEquals(history.minute(), {
    seconds: 0,
    queries: 0,
    replies: 0,
    failures: 0,
    counts: { queries: 0, replies: 0, failures: 0 },
  });
  assertEquals(history.series(), { interval: 10, queries: [], failures: [], p50: [], p99: [] });
});

Deno.test("History.minute() covers what has come since the start, as long as that is less", () => {
  const { history, seconds } = start();
  seconds(4, 100, 5, 1);
  const latency = { p50: 5, p90: 5, p99: 5, max: 5 };
  assertEquals(history.minute(), {
    seconds: 4,
    queries: 100,
    replies: 100,
    failures: 1,
    counts: { queries: 400, replies: 400, failures: 4 },
    latency,
  });
  assertEquals(history.quarter(), history.minute());
});

Deno.test("History.minute() forgets what is older, History.quarter() what is older than a quarter of an hour", () => {
  const { history, seconds } = start();
  seconds(60, 10, 800);
  seconds(60, 30, 2);
  assertEquals(history.minute().queries, 30);
  assertEquals(history.minute().latency, { p50: 2, p90: 2, p99: 2, max: 2 });
  assertEquals([history.quarter().seconds, history.quarter().queries], [120, 20]);
  assertEquals(history.quarter().latency?.max, 800);
  seconds(850, 30, 2);
  assertEquals([history.quarter().seconds, history.quarter().latency?.max], [900, 2]);
});

Deno.test("History.series() has a value for each ten seconds of a quarter of an hour, the latest last", () => {
  const { history, seconds } = start();
  seconds(10, 5, 100);
  seconds(10, 0, 0);
  seconds(10, 7, 3, 1);
  const { failures, p50, p99, queries } = history.series();
  assertEquals([queries, failures], [[5, 0, 7], [0, 0, 1]]);
  assertEquals([p50, p99], [[100, null, 3], [100, null, 3]]);
  seconds(1000, 1, 4);
  assertEquals(history.series().queries, new Array(90).fill(1));
});

Deno.test("History counts no question of the program to itself", () => {
  const { history, counters, clock } = start();
  counters.received += 11;
  counters.own += 1;
  clock.advance(1000);
  assertEquals(history.minute().queries, 10);
});

Deno.test("History.totalLatency() forgets nothing", () => {
  const { history, seconds } = start();
  seconds(2000, 1, 50);
  seconds(3, 1, 700);
  const { count, max } = history.totalLatency();
  assertEquals([count, max], [2003, 700]);
});
