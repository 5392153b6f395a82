import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { UpstreamRecords } from "../../../lib/app/report/upstream_records.ts";

Deno.test("UpstreamRecords.of() is the same for the same upstream, as long as that is in use", () => {
  const records = new UpstreamRecords();
  const first = records.of("tls://192.0.2.1");
  assertStrictEquals(records.of("tls://192.0.2.1"), first);
  records.keep(["tls://192.0.2.1"]);
  assertStrictEquals(records.of("tls://192.0.2.1"), first);
});

Deno.test("UpstreamRecords.of() keeps for each upstream by itself what of EDNS that accepts", () => {
  const records = new UpstreamRecords();
  const { edns } = records.of("tls://192.0.2.1");
  records.keep(["tls://192.0.2.1"]);
  assertStrictEquals(records.of("tls://192.0.2.1").edns, edns);
  assert(records.of("tls://192.0.2.2").edns !== edns);
  records.keep(["tls://192.0.2.2"]);
  assert(records.of("tls://192.0.2.1").edns !== edns);
});

Deno.test("UpstreamRecords.total() has what all upstreams did, those that are in use no more among them", () => {
  const records = new UpstreamRecords();
  const [old, other] = [records.of("tcp://192.0.2.1:53"), records.of("tcp://192.0.2.2:53")];
  old.counters.sent = 5;
  old.counters.longest = 90;
  other.counters.sent = 7;
  other.counters.longest = 30;
  old.counters.rcodes[3] = 2;
  records.keep(["tcp://192.0.2.2:53"]);
  other.counters.sent++;
  const { longest, rcodes, sent } = records.total();
  assertEquals([sent, longest, rcodes[3]], [13, 90, 2]);
});

Deno.test("UpstreamRecords keeps latencies for a quarter of an hour", () => {
  const records = new UpstreamRecords();
  const { counters, latency } = records.of("tcp://192.0.2.1:53");
  const minute = () => {
    for (let each = 0; each < 6; each++) records.turn();
  };
  counters.latency.add(500);
  minute();
  for (let each = 0; each < 14; each++) minute();
  assertEquals(latency.latest(15).max, 500);
  minute();
  assertEquals(latency.latest(15).count, 0);
  assertEquals(latency.total().max, 500);
});
