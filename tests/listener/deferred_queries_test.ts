import { assertEquals } from "@std/assert";
import { DeferredQueries } from "../../lib/listener/deferred_queries.ts";
import type { Token } from "../../lib/resolver/resolver.ts";

const [A, B, C] = [1, 2, 3] as Token[];

Deno.test("DeferredQueries.ask() has queries asked again in their order, and expects what they had", () => {
  const deferred = new DeferredQueries();
  deferred.add(A, 1000);
  deferred.add(B, 500);
  assertEquals([deferred.waiting, deferred.nextLength, deferred.ask()], [2, 1000, A]);
  assertEquals([deferred.waiting, deferred.nextLength, deferred.ask()], [1, 500, B]);
  assertEquals([deferred.waiting, deferred.expected], [0, 1500]);
});

Deno.test("DeferredQueries.settle() expects a response no more, and knows nothing of other queries", () => {
  const deferred = new DeferredQueries();
  deferred.add(A, 1000);
  assertEquals(deferred.settle(A), 0, "not asked again yet");
  deferred.ask();
  assertEquals([C, A, A].map((token) => deferred.settle(token)), [0, 1000, 0]);
  assertEquals(deferred.expected, 0);
});

Deno.test("DeferredQueries.clear() forgets all, and returns those that wait", () => {
  const deferred = new DeferredQueries();
  for (const token of [A, B, C]) deferred.add(token, 100);
  deferred.ask();
  assertEquals(deferred.clear(), [B, C]);
  assertEquals([deferred.waiting, deferred.expected, deferred.settle(A)], [0, 0, 0]);
});
