/** Responses a second for each network (ACL-03). */

import { assertEquals } from "@std/assert";
import { ResponseRate } from "../../lib/listener/response_rate.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const PER_SECOND = 10;
/** One with which the networks below have buckets of their own. */
const SEED = 1;

/** A rate of `PER_SECOND`, its clock, and the warnings that it logged. */
function start() {
  const clock = new FakeClock();
  const warnings: string[] = [];
  const log = {
    debug() {},
    info() {},
    error() {},
    warning: (text: string) => void warnings.push(text),
  };
  const rate = new ResponseRate(PER_SECOND, log, SEED);
  const taken = (host: string, times: number) =>
    Array.from({ length: times }, () => rate.take(host, clock.now())).filter(Boolean).length;
  return { clock, warnings, taken, rate };
}

Deno.test("ResponseRate.take() gives each network its own share (ACL-03)", () => {
  const { taken } = start();
  const hosts = ["192.0.2.1", "198.51.100.1", "2001:db8::1", "2001:db8:0:100::1"];
  for (const host of hosts) assertEquals(taken(host, 50), PER_SECOND, host);
  for (const host of hosts) assertEquals(taken(host, 50), 0, host);
});

Deno.test("ResponseRate.take() gives so many a second, saved up for a second at most", () => {
  const { clock, taken } = start();
  assertEquals(taken("192.0.2.1", 50), PER_SECOND);
  clock.advance(99);
  assertEquals(taken("192.0.2.1", 50), 0);
  clock.advance(1);
  assertEquals(taken("192.0.2.1", 50), 1);
  clock.advance(500);
  assertEquals(taken("192.0.2.1", 50), 5);
  clock.advance(60_000);
  assertEquals(taken("192.0.2.1", 50), PER_SECOND);
});

Deno.test("ResponseRate.take() has one share for a /24 of IPv4 and a /56 of IPv6 (ACL-03)", () => {
  const cases: [string, string, boolean][] = [
    ["192.0.2.1", "192.0.2.255", true],
    ["192.0.2.255", "192.0.3.0", false],
    ["192.0.2.1", "::ffff:192.0.2.200", true],
    ["::ffff:192.0.2.1", "::ffff:192.0.3.1", false],
    ["2001:db8:1:200::1", "2001:db8:1:2ff:ffff::2", true],
    ["2001:db8:1:2ff::1", "2001:db8:1:300::1", false],
    ["fe80::1", "fe80::2", true],
    ["fe80::1%eth0", "fe80::2", true],
    ["0.0.0.1", "::1", false],
  ];
  for (const [one, other, isShared] of cases) {
    const { taken } = start();
    assertEquals(taken(one, 50), PER_SECOND);
    assertEquals(taken(other, 50), isShared ? 0 : PER_SECOND, `${one} and ${other}`);
  }
});

Deno.test("ResponseRate.take() knows a network again after many other hosts", () => {
  const { taken } = start();
  taken("192.0.2.1", 50);
  for (let host = 0; host < 20_000; host++) taken(`10.0.${host >> 8}.${host & 255}`, 1);
  assertEquals(taken("192.0.2.1", 50), 0);
});

Deno.test("ResponseRate.take() has a bucket for what is no address", () => {
  const { taken } = start();
  assertEquals(taken("", 50), PER_SECOND);
});

Deno.test("ResponseRate spreads networks over its buckets, in another way for another seed", () => {
  const log = { debug() {}, info() {}, error() {}, warning() {} };
  const shared = (seed: number) => {
    const rate = new ResponseRate(1, log, seed);
    const hosts = Array.from({ length: 200 }, (_, net) => `10.${net % 7}.${net}.1`);
    return hosts.filter((host) => !rate.take(host, 1000));
  };
  const [one, other] = [shared(1), shared(2)];
  assertEquals(
    [one.length < 20, other.length < 20],
    [true, true],
    `${one.length}, ${other.length}`,
  );
});

Deno.test("ResponseRate tells once that a network is over its limit, and how to raise it", () => {
  const { clock, warnings, taken } = start();
  taken("192.0.2.77", PER_SECOND);
  assertEquals(warnings, []);
  for (let time = 0; time < 300_000; time += 10) {
    taken("192.0.2.77", 1);
    clock.advance(10);
  }
  assertEquals(warnings, [
    "More than 10 responses a second over UDP to 192.0.2.0/24: beyond that its clients are sent to " +
    "TCP; --limit responses-per-second=N allows more",
  ]);
});

Deno.test("ResponseRate tells again once the network has been below its limit, but not within a minute", () => {
  const { clock, warnings, taken } = start();
  for (let count = 0; count < 5; count++) {
    taken("2001:db8:1:2ff::1", 50);
    clock.advance(20_000);
  }
  assertEquals(warnings.length, 2);
  assertEquals(warnings[1].includes(" to 2001:db8:1:200::/56: "), true, warnings[1]);
});

Deno.test("ResponseRate tells of a network whose turn comes within a minute of another's, later", () => {
  const { clock, warnings, taken } = start();
  taken("192.0.2.1", 50);
  taken("198.51.100.1", 50);
  assertEquals(warnings.length, 1);
  for (let second = 0; second < 70; second++) {
    clock.advance(1000 - 1);
    taken("198.51.100.1", 50);
  }
  assertEquals(warnings.map((line) => /to (\S+):/.exec(line)?.[1]), [
    "192.0.2.0/24",
    "198.51.100.0/24",
  ]);
});
