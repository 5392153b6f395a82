/** The three words for how the program is, at the edges between them. */

import { assertEquals } from "@std/assert";
import {
  type HealthFacts,
  type HealthState,
  healthState,
  type UpstreamHealth,
} from "../../../lib/app/report/health_state.ts";

const UP: UpstreamHealth = { isWorking: true, lastResponse: 100 };
const UNUSED: UpstreamHealth = { isWorking: true };
const DOWN: UpstreamHealth = { isWorking: false };
const PARTLY: UpstreamHealth = { isWorking: false, worksForSome: true };

function minute(replies: number, failures: number): HealthFacts["minute"] {
  return { counts: { replies, failures } };
}

function check(cases: readonly [string, HealthFacts, HealthState][]): void {
  for (const [what, facts, expected] of cases) assertEquals(healthState(facts), expected, what);
}

Deno.test("Health is working while nothing is known to be wrong", () => {
  check([
    ["nothing known", {}, "working"],
    ["starting, never connected", { upstreams: [UNUSED] }, "working"],
    ["nothing asked", { upstreams: [UNUSED], minute: minute(0, 0) }, "working"],
    ["idle after it worked", { upstreams: [UP], minute: minute(0, 0) }, "working"],
    ["a second upstream that was never used", { upstreams: [UP, UNUSED] }, "working"],
  ]);
});

Deno.test("Health is degraded while one of several upstreams is down, and failing while all are", () => {
  check([
    ["the only one", { upstreams: [DOWN] }, "failing"],
    ["the first of two", { upstreams: [DOWN, UP] }, "degraded"],
    ["the second of two", { upstreams: [UP, DOWN] }, "degraded"],
    ["the other was never used", { upstreams: [DOWN, UNUSED] }, "degraded"],
    ["all of two", { upstreams: [DOWN, DOWN] }, "failing"],
    [
      "all, though something is still answered here",
      { upstreams: [DOWN, DOWN], minute: minute(100, 1) },
      "failing",
    ],
    ["none asked yet, and none works", { upstreams: [DOWN], minute: minute(0, 0) }, "failing"],
  ]);
});

Deno.test("Health is degraded where clients are kept apart and the only upstream fails for some of them", () => {
  check([
    ["for some", { upstreams: [PARTLY] }, "degraded"],
    ["for some, another is down", { upstreams: [PARTLY, DOWN] }, "degraded"],
    ["for some, and half of all queries", { upstreams: [PARTLY], minute: minute(8, 4) }, "failing"],
  ]);
});

Deno.test("Health follows the share of the last minute's queries that had no response", () => {
  const of = (replies: number, failures: number): [string, HealthFacts] => [
    `${failures} of ${replies}`,
    { upstreams: [UP], minute: minute(replies, failures) },
  ];
  check([
    [...of(1000, 49), "working"],
    [...of(1000, 50), "working"],
    [...of(1000, 51), "degraded"],
    [...of(20, 1), "working"],
    [...of(19, 1), "degraded"],
    [...of(1000, 499), "degraded"],
    [...of(1000, 500), "failing"],
    [...of(100_001, 50_000), "degraded"],
    [...of(0, 5), "working"],
    [...of(5, 7), "failing"],
  ]);
});

Deno.test("Health is not failing for one or two lost queries in a quiet minute, but degraded", () => {
  const of = (replies: number, failures: number) =>
    healthState({ upstreams: [UP], minute: minute(replies, failures) });
  assertEquals([of(1, 1), of(2, 2), of(3, 3), of(6, 3)], [
    "degraded",
    "degraded",
    "failing",
    "failing",
  ]);
});

Deno.test("Health is failing when the program finds that it does not answer, whatever upstreams do", () => {
  check([["", { problem: "no answer on [::1]:53", upstreams: [UP] }, "failing"]]);
});

Deno.test("Health is worked out from rates where an older version tells no counts", () => {
  const of = (queries: number, replies: number | undefined, failures: number) =>
    healthState({ minute: { seconds: 60, queries, replies, failures } });
  assertEquals([of(10, 10, 5), of(10, undefined, 0.6), of(10, 10, 0.5), of(0, 0, 0)], [
    "failing",
    "degraded",
    "working",
    "working",
  ]);
});
