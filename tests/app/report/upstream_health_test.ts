/** Whether an upstream works, where each client has connections of its own and one of them may be stuck. */

import { assertEquals } from "@std/assert";
import { upstreamHealth } from "../../../lib/app/report/upstream_report.ts";
import type { StateWord, UpstreamState } from "../../../lib/resolver/upstream/upstream_state.ts";
import { UpstreamCounters } from "../../../lib/resolver/upstream/upstream_counters.ts";

const NOW = 100_000;

type Chain = readonly [word: StateWord, since: number];

/** What is said of an upstream that has these chains, and responded last at `lastResponse`. */
function health(lastResponse: number, ...chains: Chain[]) {
  const live = new Set(chains.map(([word, since]) => ({ state: () => stateOf(word, since) })));
  const counters = new UpstreamCounters();
  counters.lastResponse = lastResponse;
  const upstream = { live } as unknown as Parameters<typeof upstreamHealth>[0];
  const { isWorking, worksForSome } = upstreamHealth(upstream, { counters }, NOW);
  return [isWorking, worksForSome];
}

function stateOf(word: StateWord, since: number): UpstreamState {
  return {
    word,
    since,
    cause: "",
    failures: 0,
    connections: 0,
    inFlight: 0,
    pending: 0,
    idleLimit: 8000,
  };
}

Deno.test("An upstream that fails for one client and has answered another since works for some", () => {
  assertEquals(health(90_000, ["failing", 50_000], ["connected", 1000]), [false, true]);
  assertEquals(health(90_000, ["down", 50_000], ["silent", 60_000], ["idle", 1000]), [false, true]);
});

Deno.test("An upstream that has answered nobody since it began to fail works for none", () => {
  assertEquals(health(40_000, ["failing", 50_000], ["idle", 1000]), [false, false]);
  assertEquals(health(90_000, ["down", 50_000], ["failing", 60_000]), [false, false]);
  assertEquals(health(-1, ["down", 50_000], ["unused", -1]), [false, false]);
});

Deno.test("An upstream without a failing client works, also one that nobody has asked", () => {
  assertEquals(health(-1), [true, false]);
  assertEquals(health(-1, ["connecting", -1]), [true, false]);
  assertEquals(health(90_000, ["idle", 1000], ["connected", 1000]), [true, false]);
});
