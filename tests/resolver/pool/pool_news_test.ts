/** What the log says of several upstreams, in the order in which things happen. */

import { assertEquals } from "@std/assert";
import { PoolNews } from "../../../lib/resolver/pool/pool_news.ts";
import type { PolicyName } from "../../../lib/resolver/pool/policy.ts";
import { PoolStage, TICK } from "./pool_stage.ts";

/** The upstreams of a stage, by name, fail and work again. */
function stageOf(names: string[], policy: PolicyName = "failover") {
  const stage = new PoolStage(policy, names);
  const of = (name: string) => stage.upstreams[names.indexOf(name)];
  const look = () => {
    stage.ask();
    stage.clock.advance(TICK);
    return stage.lines.splice(0);
  };
  const down = (name: string) => {
    of(name).refuse();
    return look();
  };
  const up = (name: string) => {
    const upstream = of(name);
    upstream.state = "well";
    upstream.onQuery = undefined;
    stage.clock.advance(10_000);
    stage.ask();
    upstream.answer(upstream.asked.length - 1);
    return stage.lines.splice(0);
  };
  return { down, look, up, stage };
}

Deno.test("Pool says which upstream it switches to, then that this one fails too, once each", () => {
  const { down, look, stage } = stageOf(["A", "B"]);
  for (const upstream of stage.upstreams) upstream.refuse();
  assertEquals(look(), [
    "warning: Switching from upstream A to B",
    "warning: Upstream B fails too: no upstream works",
  ]);
  assertEquals(look(), []);
  const later = stageOf(["A", "B"]);
  assertEquals(later.down("A"), ["warning: Switching from upstream A to B"]);
  assertEquals(later.down("B"), ["warning: Upstream B fails too: no upstream works"]);
  for (const each of [stage, later.stage]) each.end();
  assertEquals(down("A"), []);
});

Deno.test("Pool says which upstream works again, and what it switches back from, in whatever order", () => {
  const { down, up, stage } = stageOf(["A", "B", "C"]);
  assertEquals(down("A"), ["warning: Switching from upstream A to B"]);
  assertEquals(down("B"), ["warning: Switching from upstream B to C"]);
  assertEquals(down("C"), ["warning: Upstream C fails too: no upstream works"]);
  assertEquals(up("C"), ["info: Upstream C works again"]);
  assertEquals(up("A"), ["info: Upstream A works again: switching back from C"]);
  assertEquals(up("B"), ["info: Upstream B works again"]);
  assertEquals(down("A"), ["warning: Switching from upstream A to B"]);
  assertEquals(up("A"), ["info: Upstream A works again: switching back from B"]);
  stage.end();
});

Deno.test("Pool claims no switch from an upstream that was not in use", () => {
  const { down, up, stage } = stageOf(["A", "B"]);
  assertEquals(down("B"), ["warning: Upstream B fails; still using A"]);
  assertEquals(down("A"), ["warning: Upstream A fails too: no upstream works"]);
  assertEquals(up("B"), ["info: Upstream B works again"]);
  assertEquals(up("A"), ["info: Upstream A works again: switching back from B"]);
  stage.end();
});

for (const policy of ["balance", "race"] as const) {
  Deno.test(`Pool with the policy ${policy} names all upstreams that are left`, () => {
    const { down, up, stage } = stageOf(["A", "B", "C"], policy);
    assertEquals(down("B"), ["warning: Switching from upstream B to A, C"]);
    assertEquals(down("A"), ["warning: Switching from upstream A to C"]);
    assertEquals(down("C"), ["warning: Upstream C fails too: no upstream works"]);
    assertEquals(up("A"), ["info: Upstream A works again"]);
    stage.end();
  });
}

Deno.test("Pools that share their news say each change once, whichever of them sees it", () => {
  const lines: string[] = [];
  const log = (text: string) => void lines.push(text);
  const news = new PoolNews(["A", "B"], true, { debug: log, info: log, warning: log, error: log });
  const stages = Array.from(
    { length: 5 },
    () => new PoolStage("failover", ["A", "B"], undefined, news),
  );
  const [first, second, ...others] = stages;
  const all = (run: (stage: PoolStage) => void) => {
    stages.forEach(run);
    return lines.splice(0);
  };
  const fail = (stage: PoolStage) => {
    for (const upstream of stage.upstreams) upstream.refuse();
    stage.ask();
    stage.clock.advance(TICK);
  };
  assertEquals(all(fail), [
    "Switching from upstream A to B",
    "Upstream B fails too: no upstream works",
  ]);
  const recover = (stage: PoolStage, at: number) => {
    const upstream = stage.upstreams[at];
    upstream.state = "well";
    upstream.onQuery = undefined;
    stage.clock.advance(10_000);
    stage.ask();
    upstream.answer(upstream.asked.length - 1);
  };
  recover(second, 1);
  recover(first, 1);
  assertEquals(lines.splice(0), ["Upstream B works again"]);
  recover(others[0], 0);
  recover(first, 0);
  assertEquals(lines.splice(0), ["Upstream A works again: switching back from B"]);
  const fresh = new PoolStage("failover", ["A", "B"], undefined, news);
  fresh.upstreams[0].refuse();
  fresh.ask();
  fresh.clock.advance(TICK);
  assertEquals(lines.splice(0), ["Switching from upstream A to B"]);
  const other = new PoolStage("failover", ["A", "B"], undefined, news);
  other.ask();
  other.upstreams[0].answer(0);
  assertEquals(lines, ["Upstream A works again: switching back from B"]);
  for (const stage of [...stages, fresh, other]) stage.end();
});

Deno.test("Pool says again what fails after the network has changed", () => {
  const { down, look, stage } = stageOf(["A", "B"]);
  assertEquals(down("A"), ["warning: Switching from upstream A to B"]);
  stage.pool.renew();
  assertEquals(look(), ["warning: Switching from upstream A to B"]);
  stage.end();
});
