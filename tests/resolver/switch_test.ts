import { assertEquals, assertStrictEquals } from "@std/assert";
import type { Answering } from "../../lib/resolver/resolver.ts";
import { Switch } from "../../lib/resolver/switch.ts";
import { buildQuery, buildResponse } from "../helpers/query.ts";
import { parseMessage } from "../helpers/message.ts";
import { asToken, FakeResolver, Recorder } from "./recorder.ts";

Deno.test("Switch.to() sends the next query elsewhere; what was asked before is answered by whom it was asked of", () => {
  const [old, next] = [new FakeResolver(), new FakeResolver()];
  const recorder = new Recorder();
  const answering = new Switch({ resolver: old });
  const ask = (token: number) =>
    answering.resolver.resolve(buildQuery(`n${token}.example`), recorder, asToken(token));
  ask(1);
  answering.to({ resolver: next });
  ask(2);
  assertEquals([old.asked.length, next.asked.length], [1, 1]);
  for (const [resolver, token] of [[next, 2], [old, 1]] as const) {
    resolver.respond(0, buildResponse(parseMessage(resolver.asked[0].query)));
    assertEquals(recorder.response(token).questions[0].name, `n${token}.example`);
  }
  assertEquals(recorder.order, [2, 1]);
});

Deno.test("Switch.to() begins and ends keeping clients apart", () => {
  const resolver = new FakeResolver();
  const own = new FakeResolver();
  const apart: Answering = { resolver, clients: { resolverFor: () => own } };
  const answering = new Switch({ resolver });
  assertEquals(answering.clients, undefined);
  answering.to(apart);
  assertStrictEquals(answering.clients?.resolverFor("192.0.2.1"), own);
  answering.to({ resolver });
  assertEquals(answering.clients, undefined);
});
