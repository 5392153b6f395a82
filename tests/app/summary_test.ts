import { assertEquals } from "@std/assert";
import { formatSummary, summarize } from "../../lib/app/summary.ts";
import { ListenerCounters } from "../../lib/listener/listener_counters.ts";
import { sumOf, UpstreamCounters } from "../../lib/resolver/upstream/upstream_counters.ts";

Deno.test("summarize() brings the counters of listeners and upstream together", () => {
  const listeners = Object.assign(new ListenerCounters(), {
    received: 1000,
    answered: 900,
    tooShort: 1,
    responses: 2,
    reflected: 4,
    repeated: 8,
    overload: 16,
    failed: 14,
    malformed: 32,
  });
  const upstream = Object.assign(new UpstreamCounters(), {
    sent: 800,
    resent: 3,
    failed: 17,
    connections: 2,
    handshakes: 1,
    longest: 123.6,
  });
  const summary = summarize(listeners, upstream, { joined: 77, failedAgain: 9 }, 3_723_456);
  assertEquals(
    formatSummary(summary),
    "Summary: received 1000, answered 900, sent upstream 800, resent 3, connections 2, " +
      "handshakes 1, longest in flight 124 ms, joined 77, failed 5, failed again 9, " +
      "dropped 31, up 3723.5 s",
  );
});

Deno.test("sumOf() adds the counters of upstreams up, but for the longest of all", () => {
  const one = Object.assign(new UpstreamCounters(), { sent: 3, handshakes: 1, longest: 20 });
  const two = Object.assign(new UpstreamCounters(), { sent: 4, late: 2, longest: 9.5 });
  const sum = Object.assign(new UpstreamCounters(), {
    sent: 7,
    handshakes: 1,
    late: 2,
    longest: 20,
  });
  assertEquals(sumOf([one, two]), sum);
});
