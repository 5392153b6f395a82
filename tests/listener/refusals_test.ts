/** What the log says of clients that are refused. */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { Refusals } from "../../lib/listener/refusals.ts";

const MINUTE = 60_000;

function start() {
  const lines: string[] = [];
  const add = (text: string) => void lines.push(text);
  const log = { debug: add, info: add, warning: add, error: add };
  return { lines, refusals: new Refusals(log) };
}

Deno.test("the log names the network to allow for a client that is refused, whatever its address", () => {
  const cases: [string, string][] = [
    ["100.101.102.103", "100.64.0.0/10"],
    ["100.128.0.1", "100.128.0.0/24"],
    ["::ffff:100.64.0.1", "100.64.0.0/10"],
    ["198.19.255.1", "198.18.0.0/15"],
    ["192.0.0.8", "192.0.0.0/24"],
    ["203.0.113.77", "203.0.113.0/24"],
    ["2001:db8:1:2:3::4", "2001:db8:1:2::/64"],
  ];
  for (const [host, network] of cases) {
    const { lines, refusals } = start();
    refusals.note(host, 1);
    assertEquals(lines, [
      `Refused a query from ${host}: clients of that network are not served; if it is yours, ` +
      `--allow ${network} serves it`,
    ]);
  }
});

Deno.test("the log tells of a network once a minute, then ever less, and of no more than a few networks a minute", () => {
  const { lines, refusals } = start();
  const count = (from: number, duration: number, host: (at: number) => string) => {
    const before = lines.length;
    for (let at = from; at < from + duration; at += 10) refusals.note(host(at), at);
    return lines.length - before;
  };
  const client = () => "100.64.0.1";
  assertEquals(count(0, MINUTE, client), 1);
  assertEquals(count(MINUTE, MINUTE, client), 1);
  assertLessOrEqual(count(2 * MINUTE, 60 * MINUTE, client), 6);
  const forged = (at: number) => `203.${(at >> 16) & 0xff}.${(at >> 8) & 0xff}.${at & 0xff}`;
  assertLessOrEqual(count(100 * MINUTE, 10 * MINUTE, forged), 40);
  // A flood does not keep other networks from being told for good.
  assertEquals(count(200 * MINUTE, MINUTE, () => "2001:db8::1"), 1);
});

Deno.test("a second network is told beside one that is refused all the time", () => {
  const { lines, refusals } = start();
  for (let at = 0; at < 5000; at += 100) {
    refusals.note("203.0.113.1", at);
    if (at % 500 === 0) refusals.note("198.51.100.1", at + 50);
  }
  assertEquals(lines.length, 2);
});
