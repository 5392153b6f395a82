/** Resolutions that follow each other, with scripted upstreams behind them and time that the test moves. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Resolutions } from "../../../lib/app/reload/resolutions.ts";
import { StateDirectory } from "../../../lib/app/state_directory.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { ClockFloor } from "../../../lib/base/clock_floor.ts";
import { createAuthority } from "../../helpers/certificate.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { buildQuery } from "../../helpers/query.ts";
import { runConfig } from "../../helpers/run_config.ts";
import { ScriptedUpstream } from "../../helpers/scripted_upstream.ts";
import { waitUntil } from "../../helpers/waiting.ts";
import { asToken, Recorder } from "../../resolver/recorder.ts";

const HERE = { hostname: "127.0.0.1", port: 53 };
const DEADLINE = 4500;

function start(...args: string[]) {
  const clock = new FakeClock();
  const write = () => {};
  const log = { debug: write, info: write, warning: write, error: write };
  const floor = new ClockFloor({ built: 0, wall: Date.now });
  const state = new StateDirectory(undefined, log);
  const resolutions = new Resolutions(runConfig(args), { clock, floor, state }, log);
  const recorder = new Recorder();
  const ask = (token: number) => {
    const { resolver } = resolutions.current.answering(HERE, 0);
    resolver.resolve(buildQuery(`n${token}.example`, { id: 0 }), recorder, asToken(token));
  };
  const answered = (token: number) =>
    waitUntil(() => recorder.outcome(token)?.response !== undefined, `response ${token}`);
  const replaceBy = (...others: string[]) => {
    const next = resolutions.prepare(runConfig(others));
    assert(next, "another resolution");
    resolutions.replace(next);
  };
  return { clock, resolutions, recorder, ask, answered, replaceBy };
}

Deno.test("Resolutions.replace(): the old one answers what it was asked, then its connections are closed; counts are of both (E7)", async () => {
  await using old = new ScriptedUpstream({ script: () => {} });
  await using next = new ScriptedUpstream();
  const { clock, resolutions, ask, answered, replaceBy } = start("--upstream", old.uri);
  ask(1);
  await old.received(1);
  replaceBy("--upstream", next.uri);
  ask(2);
  await answered(2);
  await clock.pass(500);
  assertEquals(old.connections[0].finished, false, "it owes an answer");
  await old.queries[0].answer();
  await answered(1);
  await clock.pass(200);
  await waitUntil(() => old.connections[0].finished, "the end of the old connection");
  assertEquals([old.queries.length, next.queries.length], [1, 1]);
  const { sent, answered: count, connections } = resolutions.upstreamCounters();
  assertEquals([sent, count, connections], [2, 2, 2]);
  resolutions.stop();
  assertEquals(clock.running, 0);
});

Deno.test("Resolutions.replace(): what the old one never answers fails at its deadline, and no later", async () => {
  await using old = new ScriptedUpstream({ script: () => {} });
  await using next = new ScriptedUpstream();
  const { clock, resolutions, recorder, ask, replaceBy } = start("--upstream", old.uri);
  ask(1);
  await old.received(1);
  replaceBy("--upstream", next.uri);
  await clock.pass(DEADLINE - 500);
  assertEquals(recorder.outcome(1), undefined);
  await clock.pass(1200);
  assertEquals(recorder.failure(1).rcode, 2);
  await waitUntil(() => old.connections.every(({ finished }) => finished), "the end");
  resolutions.stop();
  assertEquals(clock.running, 0);
});

Deno.test("Resolutions.prepare() makes another where something about upstreams is different, and only there", () => {
  const upstream = ["--upstream", "tls://192.0.2.53"];
  const { resolutions } = start(...upstream);
  const same = [[], ["--truncate"], ["--allow", "203.0.113.0/24"], ["--limit", "tcp-idle=20"]];
  for (const more of [...same, ["--listen", "127.0.0.1:5300"]]) {
    assertEquals(resolutions.prepare(runConfig([...upstream, ...more])), undefined, `${more}`);
  }
  const others = [
    ["--upstream", "tcp://192.0.2.1:53"],
    ["--policy", "race"],
    ["--isolate", "client"],
    ["--bootstrap", "192.0.2.1"],
    ["--limit", "upstream-connections=1"],
    ["--limit", "isolated=3"],
  ];
  for (const more of others) {
    assert(resolutions.prepare(runConfig([...upstream, ...more])), `${more}`);
  }
  assert(resolutions.prepare(runConfig(upstream, ["other certificates"])));
  resolutions.stop();
});

Deno.test("Resolutions.prepare() looks into the files that upstreams name; one that is no good changes nothing", async () => {
  const [one, other] = [await createAuthority("one"), await createAuthority("other")];
  const file = await Deno.makeTempFile({ prefix: "dnsfwd-test-" });
  try {
    await Deno.writeTextFile(file, one.pem);
    const args = ["--upstream", `tls://192.0.2.53?ca=${file}`];
    const { resolutions } = start(...args);
    const { current } = resolutions;
    assertEquals(resolutions.prepare(runConfig(args)), undefined);
    await Deno.writeTextFile(file, other.pem);
    assert(resolutions.prepare(runConfig(args)));
    await Deno.writeTextFile(file, "nothing of use");
    assertThrows(() => resolutions.prepare(runConfig(args)), ConfigError, "no certificate");
    assertStrictEquals(resolutions.current, current);
    resolutions.stop();
  } finally {
    await Deno.remove(file);
  }
});
