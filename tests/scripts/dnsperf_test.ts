/** What `scripts/bench/dnsperf.ts` reads from dnsperf 2.10. */

import { assertEquals, assertThrows } from "@std/assert";
import { parseOutcome } from "../../scripts/bench/dnsperf.ts";

const STATISTICS = `
Statistics:

  Queries sent:         2000
  Queries completed:    1990 (99.50%)
  Queries lost:         10 (0.50%)

  Response codes:       NOERROR 1900 (95.48%), SERVFAIL 90 (4.52%)
  Average packet size:  request 31, response 47
  Run time (s):         2.000000
  Queries per second:   995.000000

  Average Latency (s):  0.015936 (min 0.000085, max 0.063972)
`;

Deno.test("parseOutcome() counts NOERROR only as answered", () => {
  const { sent, answered, perSecond } = parseOutcome(STATISTICS);
  assertEquals({ sent, answered, perSecond }, { sent: 2000, answered: 1900, perSecond: 950 });
});

Deno.test("parseOutcome() counts nothing as answered when nothing came", () => {
  const text = STATISTICS.replace(/NOERROR.*/, "");
  assertEquals(parseOutcome(text).answered, 0);
});

Deno.test("parseOutcome() takes latencies in milliseconds, ascending, of answers only", () => {
  const lines = `> NOERROR n0.example A 0.003000
> NOERROR n1.example A 0.000500
> SERVFAIL n2.example A 0.000100
> T n3.example A
[Timeout] Query timed out: msg id 35840
`;
  assertEquals(parseOutcome(lines + STATISTICS).latencies, [0.5, 3]);
});

Deno.test("parseOutcome() throws when dnsperf was ended before its statistics", () => {
  assertThrows(() => parseOutcome("[Status] Sending queries\n"), Error, "no statistics");
});
