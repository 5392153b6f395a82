/** Sleep, clocks and addresses (Q23; systemd#38509 and its like). */

import { assertEquals } from "@std/assert";
import { Disturbances } from "../../lib/app/disturbances.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

function start() {
  const clock = new FakeClock();
  const reasons: string[] = [];
  const state = { ahead: 1.7e12, addresses: ["192.0.2.1", "::1"], settings: 0, looks: 0 };
  const disturbances = new Disturbances({
    clock,
    wall: () => clock.now() + state.ahead,
    addresses: () => state.addresses,
    onClockSet: () => void state.settings++,
    onLook: () => void state.looks++,
    onDisturbance: (reason) => void reasons.push(reason),
    onAddresses: () => void reasons.push("addresses"),
  });
  disturbances.start();
  return { clock, reasons, state, disturbances };
}

Deno.test("Disturbances tells of sleep within a second, once", () => {
  const { clock, reasons, state, disturbances } = start();
  clock.advance(60_000);
  assertEquals(reasons, []);
  state.ahead += 312_400;
  clock.advance(1000);
  assertEquals(reasons, ["This machine slept, or its clock was set forward, by 312 s"]);
  clock.advance(60_000);
  assertEquals(reasons.length, 1);
  disturbances.stop();
  assertEquals(clock.running, 0);
});

Deno.test("Disturbances tells of a clock that was set back, and not of one that drifts", () => {
  const { clock, reasons, state } = start();
  state.ahead -= 3_600_000;
  clock.advance(1000);
  assertEquals(reasons, ["This machine set its clock back, by 3600 s"]);
  for (let minute = 0; minute < 60; minute++) {
    state.ahead += 400;
    clock.advance(60_000);
  }
  assertEquals(reasons.length, 1);
});

Deno.test("Disturbances tells of addresses that come and go within five seconds, in whatever order they are", () => {
  const { clock, reasons, state } = start();
  state.addresses = ["::1", "192.0.2.1"];
  clock.advance(5000);
  assertEquals(reasons, []);
  state.addresses = ["::1", "192.0.2.1", "198.51.100.7"];
  clock.advance(5000);
  state.addresses = ["::1", "198.51.100.7"];
  clock.advance(5000);
  assertEquals(reasons, Array(2).fill("addresses"));
  clock.advance(60_000);
  assertEquals(reasons.length, 2);
});

Deno.test("Disturbances takes sleep and other addresses after it for one", () => {
  const { clock, reasons, state } = start();
  state.ahead += 60_000;
  state.addresses = ["198.51.100.7"];
  clock.advance(30_000);
  assertEquals(reasons.length, 1);
});

Deno.test("Disturbances tells of a clock that was set apart from other disturbances, and looks once a second", () => {
  const { clock, state } = start();
  state.ahead += 312_400;
  clock.advance(1000);
  assertEquals([state.settings, state.looks], [1, 1]);
  state.ahead -= 312_400;
  clock.advance(1000);
  assertEquals([state.settings, state.looks], [2, 2]);
  state.addresses = ["198.51.100.7"];
  clock.advance(10_000);
  assertEquals([state.settings, state.looks], [2, 12]);
});

Deno.test("Disturbances.stop() still tells of a clock that was set since the last look", () => {
  for (const [ahead, settings] of [[9e11, 1], [-9e11, 1], [400, 0]]) {
    const { clock, reasons, state, disturbances } = start();
    clock.advance(1500);
    state.ahead += ahead;
    disturbances.stop();
    assertEquals([state.settings, reasons, clock.running], [settings, [], 0]);
  }
});
