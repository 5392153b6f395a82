/** What may be asked before the clock is set, and that nothing else may be. */

import { assertEquals } from "@std/assert";
import { ClockFloor } from "../../lib/base/clock_floor.ts";
import { STOPPING } from "../../lib/resolver/failure.ts";
import type { Resolver } from "../../lib/resolver/resolver.ts";
import { TimeSync } from "../../lib/resolver/time_sync.ts";
import { extendedErrorOption } from "../helpers/edns.ts";
import { TYPE } from "../helpers/message.ts";
import { nameOctets } from "../helpers/name.ts";
import { buildQuery } from "../helpers/query.ts";
import { asToken, FakeResolver, Recorder } from "./recorder.ts";

const FLOOR = 1000;
const NAMES = ["0.ntp.example", "time.example"];

function start() {
  const state = { now: 0, ended: [] as (Resolver | undefined)[], renewed: 0, isBusy: false };
  const upstreams = new FakeResolver();
  const standIns: FakeResolver[] = [];
  const floor = new ClockFloor({ built: FLOOR, wall: () => state.now });
  const timeSync = new TimeSync({
    floor,
    names: NAMES.map((name) => nameOctets(name)),
    upstreams,
    open: () => {
      const resolver = new FakeResolver();
      standIns.push(resolver);
      return {
        resolver,
        isBusy: state.isBusy,
        isConnected: state.isBusy,
        renew: () => ++state.renewed > 0,
        stop: (next) => void state.ended.push(next),
      };
    },
  });
  const recorder = new Recorder();
  let last = 0;
  const ask = (query: Uint8Array) => timeSync.resolve(query, recorder, asToken(last++));
  return { state, upstreams, standIns, floor, timeSync, recorder, ask };
}

Deno.test("TimeSync is busy and connected while its stand-in is", () => {
  const { ask, state, timeSync } = start();
  state.isBusy = true;
  assertEquals([timeSync.isBusy, timeSync.isConnected], [false, false]);
  ask(buildQuery(NAMES[0], { edns: true }));
  assertEquals([timeSync.isBusy, timeSync.isConnected], [true, true]);
});

Deno.test("TimeSync asks for addresses of its names elsewhere while the clock is wrong, whatever their case", () => {
  const { ask, standIns, upstreams } = start();
  for (const name of ["0.ntp.example", "TIME.Example", "time.example"]) {
    for (const type of [TYPE.A, TYPE.AAAA]) ask(buildQuery(name, { type, edns: true }));
  }
  assertEquals([standIns.length, standIns[0].asked.length, upstreams.asked.length], [1, 6, 0]);
});

Deno.test("TimeSync asks for nothing else elsewhere", () => {
  const { ask, standIns, upstreams } = start();
  const others = [
    buildQuery("www.example", { edns: true }),
    buildQuery("ntp.example", { edns: true }),
    buildQuery("1.0.ntp.example", { edns: true }),
    buildQuery("0.ntp.example.org", { edns: true }),
    buildQuery("0.ntp.exampl", { edns: true }),
    buildQuery("example", { edns: true }),
    buildQuery(".", { edns: true }),
    buildQuery("time.example", { edns: true, type: TYPE.TXT }),
    buildQuery("time.example", { edns: true, type: 65 }),
    buildQuery("time.example", { edns: true, type: 255 }),
    buildQuery("time.example", { edns: true, class: 3 }),
    // Not canonical: it travels as the client sent it, whatever that says.
    buildQuery("time.example"),
    buildQuery("time.example", {
      additionals: [{ name: ".", type: TYPE.TSIG, data: new Uint8Array(0) }],
    }),
    buildQuery("time.example", { edns: { options: [extendedErrorOption(0, "secret")] } }),
  ];
  for (const query of others) ask(query);
  assertEquals([standIns.length, upstreams.asked.length], [0, others.length]);
});

Deno.test("TimeSync asks nobody else where the clock is at its floor or after it", () => {
  for (const now of [FLOOR, FLOOR + 1, 1e15]) {
    const { ask, standIns, state, upstreams } = start();
    state.now = now;
    ask(buildQuery("time.example", { edns: true }));
    assertEquals([standIns.length, upstreams.asked.length], [0, 1]);
  }
});

Deno.test("TimeSync asks nobody else where a certificate has been verified with the clock", () => {
  const { ask, floor, standIns, upstreams } = start();
  floor.onProof();
  ask(buildQuery("time.example", { edns: true }));
  assertEquals([standIns.length, upstreams.asked.length], [0, 1]);
});

Deno.test("TimeSync ends the stand-in once the clock is right, at a look or a query, and has the upstreams take over", () => {
  for (const notice of ["look", "query", "renew"] as const) {
    const { ask, standIns, state, timeSync, upstreams } = start();
    ask(buildQuery("time.example", { edns: true }));
    timeSync.look();
    timeSync.renew();
    assertEquals([state.ended, state.renewed], [[], 1]);
    state.now = FLOOR;
    if (notice === "query") ask(buildQuery("www.example", { edns: true }));
    else timeSync[notice]();
    assertEquals(state.ended, [upstreams], notice);
    ask(buildQuery("time.example", { edns: true }));
    assertEquals(standIns[0].asked.length, 1, "nothing more is asked of it");
    state.now = 0;
    ask(buildQuery("time.example", { edns: true }));
    assertEquals([standIns.length, standIns[1].asked.length], [2, 1], "another one, if need be");
  }
});

Deno.test("TimeSync.stop() ends the stand-in, which fails what it owes", () => {
  const { ask, recorder, standIns, state, timeSync } = start();
  ask(buildQuery("time.example", { edns: true }));
  timeSync.stop();
  assertEquals(state.ended, [undefined]);
  standIns[0].fail(0, STOPPING);
  assertEquals(recorder.failure(0), STOPPING);
});
