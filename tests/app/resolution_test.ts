/** What listeners are given to ask, with a scripted upstream behind it and time that the test moves. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Config } from "../../lib/app/settings/config.ts";
import { ANONYMOUS, UNWATCHED } from "../../lib/app/settings/health_settings.ts";
import { DEFAULT_LIMITS } from "../../lib/app/settings/limits.ts";
import { makeResolution, type Resolution } from "../../lib/app/resolution.ts";
import { UpstreamRecords } from "../../lib/app/report/upstream_records.ts";
import { StateDirectory } from "../../lib/app/state_directory.ts";
import { ClockFloor } from "../../lib/base/clock_floor.ts";
import { QuestionCounters } from "../../lib/resolver/question_counters.ts";
import type { ClientResolvers, Resolver } from "../../lib/resolver/resolver.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { buildQuery } from "../helpers/query.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";
import { asToken, Recorder } from "../resolver/recorder.ts";

const HERE = { hostname: "127.0.0.1", port: 53 };
const THERE = { hostname: "127.0.0.2", port: 53 };
const IDLE = 8000;

interface Stage {
  readonly resolution: Resolution;
  readonly upstream: ScriptedUpstream;
  readonly clock: FakeClock;
  ask(resolver: Resolver): Promise<void>;
}

async function withResolution(
  isolate: Config["isolate"],
  run: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using upstream = new ScriptedUpstream();
  const clock = new FakeClock();
  const write = () => {};
  const config: Config = {
    listen: [],
    isDefaultListen: false,
    health: UNWATCHED,
    identity: ANONYMOUS,
    upstreams: [{ transport: "tcp", hostname: "127.0.0.1", port: upstream.port }],
    policy: "failover",
    isolate,
    bootstrap: [],
    caCerts: [],
    stateDirectory: undefined,
    isStateWanted: false,
    truncate: false,
    allow: [],
    udpIo: "auto",
    metrics: undefined,
    queryLog: undefined,
    limits: DEFAULT_LIMITS,
  };
  const log = { debug: write, info: write, warning: write, error: write };
  const floor = new ClockFloor({ built: 0, wall: Date.now });
  const state = new StateDirectory(undefined, log);
  const records = new UpstreamRecords();
  const context = { config, clock, floor, state, records };
  const resolution = makeResolution(context, log, new QuestionCounters());
  let last = 0;
  const ask = async (resolver: Resolver) => {
    const recorder = new Recorder();
    const name = `n${++last}.example`;
    resolver.resolve(buildQuery(name, { id: 0, edns: true }), recorder, asToken(last));
    await waitUntil(() => recorder.outcome(last) !== undefined, "outcome");
    assertEquals(recorder.response(last).questions[0].name, name);
  };
  try {
    await run({ resolution, upstream, clock, ask });
  } finally {
    resolution.stop();
    assertEquals(clock.running, 0);
  }
}

function clientsOf({ clients }: { readonly clients?: ClientResolvers }): ClientResolvers {
  if (clients === undefined) throw new Error("Clients are not kept apart");
  return clients;
}

Deno.test("makeResolution() without isolation gives all listeners one resolver, and none by client", () =>
  withResolution(undefined, async ({ resolution, upstream, ask }) => {
    const [one, two] = [resolution.answering(HERE, 0), resolution.answering(THERE, 1)];
    assertStrictEquals(one.resolver, two.resolver);
    assertEquals(one.clients, undefined);
    for (const { resolver } of [one, two]) await ask(resolver);
    assertEquals(upstream.connections.length, 1);
  }));

Deno.test("makeResolution() by client: an idle client's connection is closed, then all that it had is gone; what was counted stays", () =>
  withResolution("client", async ({ resolution, upstream, clock, ask }) => {
    const clients = clientsOf(resolution.answering(HERE, 0));
    const first = clients.resolverFor("192.0.2.1");
    await ask(first);
    await clock.pass(IDLE);
    await waitUntil(() => upstream.connections[0].finished, "the end of the connection");
    await clock.pass(1000);
    const again = clients.resolverFor("192.0.2.1");
    assert(again !== first);
    await ask(again);
    const { sent, answered, connections } = resolution.upstreams[0].counters;
    assertEquals([sent, answered, connections], [2, 2, 2]);
  }));

Deno.test("makeResolution() by client: UDP, TCP and every listener know a client by its address alone", () =>
  withResolution("client", ({ resolution }) => {
    const answering = [HERE, HERE, THERE].map((address, at) => resolution.answering(address, at));
    const [one, ...more] = answering.map((each) => clientsOf(each).resolverFor("2001:db8::1"));
    for (const other of more) assertStrictEquals(other, one);
    assert(clientsOf(answering[0]).resolverFor("2001:db8::2") !== one);
    return Promise.resolve();
  }));

Deno.test("makeResolution() by client takes one link-local address on two links for two clients (RFC 4007, 6)", () =>
  withResolution("client", ({ resolution }) => {
    const link = { hostname: "fe80::1", port: 53 };
    const [one, two, same] = [0, 1, 0].map((number) =>
      clientsOf(resolution.answering(link, number)).resolverFor("fe80::7")
    );
    assert(one !== two);
    assertStrictEquals(one, same);
    return Promise.resolve();
  }));

Deno.test("makeResolution() by listener: a listening address has a connection, UDP and TCP together", () =>
  withResolution("listener", async ({ resolution, upstream, ask }) => {
    const listeners = [[HERE, 0], [HERE, 0], [THERE, 1]] as const;
    for (const [address, number] of listeners) {
      const { resolver, clients } = resolution.answering(address, number);
      assertEquals(clients, undefined);
      await ask(resolver);
    }
    assertEquals(upstream.connections.map(({ queries }) => queries.length), [2, 1]);
  }));
