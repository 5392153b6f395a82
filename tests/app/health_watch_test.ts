/** Readiness over time: what makes it come and go, and how seldom it may. */

import { assert, assertEquals } from "@std/assert";
import { HealthWatch } from "../../lib/app/health_watch.ts";
import type { HealthFacts, HealthState } from "../../lib/app/report/health_state.ts";
import type { Readiness } from "../../lib/app/settings/health_settings.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const UP: HealthFacts = { upstreams: [{ isWorking: true, lastResponse: 1 }] };
const DOWN: HealthFacts = { upstreams: [{ isWorking: false, lastResponse: 1 }] };
const UNKNOWN: HealthFacts = { upstreams: [{ isWorking: true }] };
const DEAD: HealthFacts = { upstreams: [{ isWorking: false }] };
const ONE_DOWN: HealthFacts = {
  upstreams: [{ isWorking: true, lastResponse: 1 }, { isWorking: false, lastResponse: 99_000 }],
};

class Stage implements Disposable {
  readonly clock = new FakeClock();
  readonly states: HealthState[] = [];
  readonly told: string[] = [];
  facts: HealthFacts;
  missing: string | undefined;
  looks = 0;
  probes = 0;
  answers = false;
  readonly watch: HealthWatch;

  constructor(readiness: Readiness, facts = UP) {
    this.facts = facts;
    this.watch = new HealthWatch({
      clock: this.clock,
      facts: () => {
        this.looks++;
        return this.facts;
      },
      problem: () => undefined,
      settings: () => ({ readiness, drain: 0, readyName: undefined }),
      needs: [() => this.missing],
      probe: () => {
        this.probes++;
        return Promise.resolve(this.answers);
      },
      onState: (state) => void this.states.push(state),
      onReadiness: (reasons) => void this.told.push(reasons.join("; ")),
    });
  }

  get isReady(): boolean {
    return this.watch.notReady.length === 0;
  }

  [Symbol.dispose](): void {
    this.watch.stop();
  }
}

Deno.test("It is ready once it serves, and not before", () => {
  using stage = new Stage("serving");
  assertEquals(stage.watch.notReady, ["Starting"]);
  stage.watch.serve();
  assertEquals(stage.watch.notReady, []);
  assertEquals(stage.told, [""]);
});

Deno.test("It stays ready while all upstreams are down, unless readiness is to follow them", async () => {
  using serving = new Stage("serving", DOWN);
  using upstream = new Stage("upstream", DOWN);
  for (const { clock, watch } of [serving, upstream]) {
    watch.serve();
    await clock.pass(15_000);
  }
  assertEquals([serving.isReady, upstream.isReady, serving.watch.state], [true, true, "failing"]);
  for (const { clock } of [serving, upstream]) await clock.pass(2000);
  assertEquals(serving.watch.notReady, []);
  assertEquals(upstream.watch.notReady, ["No upstream has worked for 17 s"]);
  assertEquals(serving.probes, 0);
});

Deno.test("With readiness that follows upstreams it waits for the first answer, and asks for it itself", async () => {
  using stage = new Stage("upstream", UNKNOWN);
  stage.watch.serve();
  await stage.clock.pass(11_000);
  assertEquals(stage.watch.notReady, ["No upstream has answered yet"]);
  assertEquals(stage.probes, 3);
  stage.answers = true;
  await stage.clock.pass(6000);
  assertEquals(stage.watch.notReady, []);
});

Deno.test("An upstream that nobody asks any more is asked by the program, so that readiness comes back", async () => {
  using stage = new Stage("upstream");
  stage.watch.serve();
  assertEquals(stage.probes, 0);
  stage.facts = DOWN;
  await stage.clock.pass(30_000);
  assertEquals(stage.isReady, false);
  assert(stage.probes >= 5, `${stage.probes}`);
  stage.facts = UP;
  await stage.clock.pass(10_000);
  assertEquals(stage.isReady, true);
});

Deno.test("An upstream that is down is asked every 30 s, though no client asks, until it works", async () => {
  for (const readiness of ["serving", "upstream"] as const) {
    for (const facts of [DOWN, DEAD, ONE_DOWN]) {
      using stage = new Stage(readiness, UP);
      stage.watch.serve();
      await stage.clock.pass(100_000);
      assertEquals(stage.probes, 0);
      stage.facts = facts;
      await stage.clock.pass(29_000);
      if (readiness === "serving") assertEquals(stage.probes, 0);
      const before = stage.probes;
      await stage.clock.pass(92_000);
      assert(stage.probes - before >= 3, `${stage.probes - before} questions`);
      if (readiness === "serving") assert(stage.probes <= 5, `${stage.probes} questions`);
      stage.facts = UP;
      await stage.clock.pass(2000);
      const last = stage.probes;
      await stage.clock.pass(100_000);
      assertEquals([stage.probes, stage.watch.state], [last, "working"]);
    }
  }
});

Deno.test("An upstream that has been quiet for ten seconds is asked whether it is still there", async () => {
  using stage = new Stage("upstream");
  using serving = new Stage("serving");
  for (const { clock, watch } of [stage, serving]) {
    watch.serve();
    await clock.pass(10_000);
  }
  assertEquals(stage.probes, 0);
  for (const each of [stage, serving]) {
    each.facts = { upstreams: [{ isWorking: true, lastResponse: 10_001 }] };
    await each.clock.pass(10_000);
  }
  assertEquals([stage.probes, serving.probes], [2, 0]);
  stage.facts = { upstreams: [{ isWorking: true, lastResponse: 5000 }, { isWorking: true }] };
  await stage.clock.pass(10_000);
  assertEquals(stage.probes, 2);
});

Deno.test("Readiness changes at most once in ten seconds, whatever goes on and off", async () => {
  using stage = new Stage("serving");
  stage.watch.serve();
  let changes = 0;
  let was = stage.isReady;
  for (let second = 0; second < 60; second++) {
    stage.missing = second % 2 === 0 ? "Listening on no address" : undefined;
    await stage.clock.pass(1000);
    if (stage.isReady !== was) changes++;
    was = stage.isReady;
  }
  assert(changes <= 6, `${changes} changes`);
  stage.missing = "Listening on no address";
  await stage.clock.pass(11_000);
  assertEquals(stage.watch.notReady, ["Listening on no address"]);
});

Deno.test("Upstreams that come and go each second never take readiness away", async () => {
  using stage = new Stage("upstream");
  stage.watch.serve();
  for (let second = 0; second < 60; second++) {
    stage.facts = second % 2 === 0 ? DOWN : UP;
    await stage.clock.pass(1000);
    assertEquals(stage.isReady, true, `${second}`);
  }
});

Deno.test("Draining takes readiness away at once, and it does not come back", async () => {
  using stage = new Stage("serving");
  stage.watch.serve();
  await stage.clock.pass(1000);
  stage.watch.drain(5000);
  assertEquals(stage.watch.notReady, ["Draining: ends in 5 s"]);
  await stage.clock.pass(3000);
  assertEquals(stage.watch.notReady, ["Draining: ends in 2 s"]);
  await stage.clock.pass(20_000);
  assertEquals(stage.watch.notReady, ["Draining: ends in 0 s"]);
});

Deno.test("However often it is asked, it looks once in a tenth of a second", () => {
  using stage = new Stage("serving");
  stage.watch.serve();
  const before = stage.looks;
  for (let each = 0; each < 1000; each++) {
    assertEquals(stage.isReady, true);
    if (each % 100 === 99) stage.clock.advance(100);
  }
  assert(stage.looks - before <= 11, `${stage.looks - before} looks`);
});

Deno.test("Each other state is told once", async () => {
  using stage = new Stage("serving");
  stage.watch.serve();
  await stage.clock.pass(5000);
  stage.facts = DEAD;
  await stage.clock.pass(5000);
  stage.facts = UP;
  await stage.clock.pass(5000);
  assertEquals(stage.states, ["working", "failing", "working"]);
});
