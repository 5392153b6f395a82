/** The self-check on a forwarder as it runs, over real sockets. */

import { assertEquals } from "@std/assert";
import { type Forwarder, startForwarder } from "../../../lib/app/forwarder.ts";
import { makeSelfCheck } from "../../../lib/app/service/own_checks.ts";
import { ANONYMOUS, UNWATCHED } from "../../../lib/app/settings/health_settings.ts";
import { DEFAULT_LIMITS } from "../../../lib/app/settings/limits.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { buildQuery } from "../../helpers/query.ts";
import { ScriptedUpstream } from "../../helpers/scripted_upstream.ts";

const ignore = () => {};
const LOG = { debug: ignore, info: ignore, warning: ignore, error: ignore };

function start(upstream: ScriptedUpstream, listen: readonly string[]): Forwarder {
  return startForwarder({
    listen: listen.map((hostname) => ({ hostname, port: 0 })),
    isDefaultListen: false,
    health: UNWATCHED,
    identity: ANONYMOUS,
    upstreams: [{ transport: "tcp", hostname: "127.0.0.1", port: upstream.port }],
    policy: "failover",
    isolate: undefined,
    caCerts: [],
    truncate: false,
    allow: [],
    udpIo: "plain",
    metrics: undefined,
    queryLog: undefined,
    bootstrap: [],
    stateDirectory: undefined,
    isStateWanted: false,
    limits: DEFAULT_LIMITS,
  }, { log: LOG });
}

Deno.test("SelfCheck finds a forwarder that listens to be well, and its own questions are no client's", async () => {
  await using upstream = new ScriptedUpstream();
  const forwarder = start(upstream, ["127.0.0.1", "127.0.0.2", "::1"]);
  const wedged: string[] = [];
  const check = makeSelfCheck(forwarder, {
    clock: systemClock,
    log: LOG,
    isSupervised: false,
    onWedged: (problem) => void wedged.push(problem),
  });
  for (let look = 0; look < 3; look++) assertEquals(await check.check(), { problem: undefined });
  assertEquals(forwarder.counters.own, 12);
  const { answered, received } = forwarder.summary();
  assertEquals([received, answered, wedged], [0, 0, []]);
  assertEquals(upstream.connections.length, 0);
  await forwarder.stop();
});

Deno.test("SelfCheck finds a forwarder whose sockets are gone to be wedged, the second time", async () => {
  await using upstream = new ScriptedUpstream();
  const forwarder = start(upstream, ["127.0.0.1"]);
  const wedged: string[] = [];
  const check = makeSelfCheck(forwarder, {
    clock: {
      now: systemClock.now,
      after: (delay, callback) => systemClock.after(delay / 50, callback),
    },
    log: LOG,
    isSupervised: false,
    onWedged: (problem) => void wedged.push(problem),
  });
  await check.check();
  const { port } = forwarder.addresses[0];
  await forwarder.stop();
  assertEquals(await check.check(), { problem: undefined });
  const problem = `no answer on 127.0.0.1:${port} (UDP)`;
  assertEquals([await check.check(), wedged], [{ problem }, [problem]]);
});

Deno.test("Forwarder.askUpstreams() asks over a connection of its own, beside what is under way", async () => {
  await using upstream = new ScriptedUpstream();
  const forwarder = start(upstream, ["127.0.0.1"]);
  const query = buildQuery("direct.example");
  const responses = await forwarder.askUpstreams(query);
  assertEquals(responses.map((response) => [response[0], response[1]]), [[query[0], query[1]]]);
  assertEquals([upstream.connections.length, forwarder.summary().sentUpstream], [1, 0]);
  await upstream.refuse();
  assertEquals(await forwarder.askUpstreams(query), []);
  await forwarder.stop();
});
