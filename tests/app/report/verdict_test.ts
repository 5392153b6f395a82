import { assertEquals } from "@std/assert";
import type { Stretch } from "../../../lib/app/report/history.ts";
import type { Report } from "../../../lib/app/report/report.ts";
import type { UpstreamReport } from "../../../lib/app/report/upstream_report.ts";
import { verdictOf } from "../../../lib/app/report/verdict.ts";
import { DOWN_UPSTREAM, REPORT, UPSTREAM } from "../../helpers/report.ts";

const SECOND: UpstreamReport = { ...UPSTREAM, name: "tls://192.0.2.2:853#dns2.example" };

/** A minute of 20 queries a second, half of which wait `p50` milliseconds, one in ten `p90`. */
function minute(p50: number, p90 = p50, more: Partial<Stretch> = {}): Stretch {
  const latency = { p50, p90, p99: p90, max: p90 };
  const { queries = 20 } = more;
  return { seconds: 60, queries, replies: queries, failures: 0, latency, ...more };
}

function upstream(p50: number, more: Partial<UpstreamReport> = {}): UpstreamReport {
  const latency = { p50, p90: p50, p99: p50, max: p50 };
  return { ...UPSTREAM, responseTime: p50, latency, ...more };
}

/** What is said first, of a report that is well but for `changes`. */
function first(changes: Partial<Report>, problem?: string): [string, string, string | undefined] {
  const { grade, text, upstream } = verdictOf({ ...REPORT, ...changes }, problem);
  return [grade, text, upstream];
}

/** What is said of an upstream, the first in the list. */
function ofUpstream(changes: Partial<UpstreamReport>): string {
  return first({ upstreams: [{ ...UPSTREAM, ...changes }] })[1];
}

Deno.test("verdictOf() says that it works, how much is asked and how long that takes", () => {
  const text = "Working: 20.7 queries/s, half answered within 10.5 ms";
  assertEquals(verdictOf(REPORT), { grade: "good", state: "working", text, more: [] });
  const idle: Stretch = { seconds: 60, queries: 0, replies: 0, failures: 0 };
  assertEquals(first({ minute: idle })[1], "Working: no queries in the last minute");
  const summary = { ...REPORT.summary, received: 0 };
  assertEquals(first({ minute: idle, summary })[1], "Ready: no queries yet");
  const waiting = verdictOf({ ...REPORT, minute: idle, summary }, undefined, false);
  assertEquals(waiting.text, "Working: no queries yet");
  const fresh: Stretch = { seconds: 0, queries: 8, replies: 8, failures: 0 };
  assertEquals(first({ minute: fresh })[1], "Working: 8 queries/s");
  const local: Stretch = { seconds: 60, queries: 0.5, replies: 0.5, failures: 0 };
  assertEquals(first({ minute: local })[1], "Working: 0.5 queries/s");
});

Deno.test("verdictOf() says what the program knows to be wrong with itself before all else", () => {
  const verdict = verdictOf({ ...REPORT, upstreams: [DOWN_UPSTREAM] }, "nobody answers on ::1");
  assertEquals([verdict.grade, verdict.text], ["bad", "Failing: nobody answers on ::1"]);
  assertEquals(verdict.more.map(({ upstream }) => upstream), [DOWN_UPSTREAM.name]);
});

Deno.test("verdictOf() names the upstream that fails, since when and why", () => {
  assertEquals(first({ upstreams: [DOWN_UPSTREAM] }), [
    "bad",
    "Failing: upstream dns2.example has been down for 2 min: connection refused",
    DOWN_UPSTREAM.name,
  ]);
  const silent = { isWorking: false, state: "silent", cause: "no response", since: 3000 } as const;
  assertEquals(
    ofUpstream(silent),
    "Failing: upstream dns.example has been silent for 3 s: no response",
  );
  const fresh = { isWorking: false, state: "failing", cause: "timeout", since: undefined } as const;
  assertEquals(ofUpstream(fresh), "Failing: upstream dns.example is failing: timeout");
});

Deno.test("verdictOf() says who answers in place of an upstream that fails", () => {
  const down = "Degraded: upstream dns2.example has been down for 2 min: connection refused";
  const cases: [UpstreamReport[], string][] = [
    [[DOWN_UPSTREAM, UPSTREAM], `${down}; dns.example answers`],
    [
      [DOWN_UPSTREAM, { ...UPSTREAM, lastResponse: undefined }],
      `${down}; dns.example is there instead`,
    ],
    [
      [DOWN_UPSTREAM, UPSTREAM, { ...UPSTREAM, name: "tcp://192.0.2.3:53" }],
      `${down}; 2 others work`,
    ],
  ];
  for (const [upstreams, text] of cases) {
    assertEquals(first({ upstreams }), ["doubtful", text, DOWN_UPSTREAM.name]);
  }
});

Deno.test("verdictOf() tells of all upstreams where none works", () => {
  const other = { ...DOWN_UPSTREAM, name: "tcp://192.0.2.3:53", cause: "no route" };
  assertEquals(first({ upstreams: [DOWN_UPSTREAM, other] }), [
    "bad",
    "Failing: no upstream works: dns2.example has been down for 2 min: connection refused; " +
    "192.0.2.3:53 has been down for 2 min: no route",
    undefined,
  ]);
});

Deno.test("verdictOf() tells two upstreams of one name apart", () => {
  const other = { ...DOWN_UPSTREAM, name: "tls://192.0.2.9:853#dns.example" };
  assertEquals(
    first({ upstreams: [UPSTREAM, other] })[1],
    "Degraded: upstream tls://192.0.2.9:853#dns.example has been down for 2 min: connection refused; " +
      "tls://192.0.2.1:853#dns.example answers",
  );
});

Deno.test("verdictOf() blames the upstream that takes as long as clients wait", () => {
  const text = "Slow: half of the queries wait 820 ms or more; upstream dns.example takes 800 ms";
  assertEquals(first({ minute: minute(820), upstreams: [upstream(800), SECOND] }), [
    "bad",
    text,
    UPSTREAM.name,
  ]);
  assertEquals(first({ minute: minute(20, 1300), upstreams: [upstream(1250)] }), [
    "doubtful",
    "Slow at times: one query in ten waits 1.3 s or more; upstream dns.example takes 1.3 s",
    UPSTREAM.name,
  ]);
});

Deno.test("verdictOf() blames what else takes the time of an upstream that is quick", () => {
  const though = "Slow: half of the queries wait 820 ms or more, though upstream dns.example " +
    "takes 12 ms: ";
  const quick = upstream(12);
  const lonely = { ...quick, connections: { ...quick.connections, queriesEach: 1.2 } };
  const cases: [UpstreamReport[], string, string | undefined][] = [
    [[quick], "the rest is lost on this machine", undefined],
    [
      [lonely],
      "connecting takes the rest, with 1.2 queries on each connection",
      UPSTREAM.name,
    ],
    [[DOWN_UPSTREAM, quick], "dns2.example is waited for first", DOWN_UPSTREAM.name],
  ];
  for (const [upstreams, rest, name] of cases) {
    const text = upstreams.length === 1 ? though : though.replace("Slow", "Degraded: slow");
    assertEquals(first({ minute: minute(820), upstreams }), ["bad", text + rest, name]);
  }
});

Deno.test("verdictOf() calls nothing slow for a few queries, but for those of the last quarter of an hour", () => {
  const few = minute(900, 900, { queries: 0.1 });
  const upstreams = [upstream(800)];
  const slow = (quarter: Stretch) => first({ minute: few, quarter, upstreams })[1].slice(0, 5);
  assertEquals(slow({ ...few, seconds: 90 }), "Worki");
  assertEquals(slow({ ...few, seconds: 900 }), "Slow:");
  assertEquals(first({ minute: minute(249, 999) })[0], "good");
  assertEquals(first({ minute: minute(250), upstreams: [] }), [
    "bad",
    "Slow: half of the queries wait 250 ms or more",
    undefined,
  ]);
});

Deno.test("verdictOf() tells the share of queries without a response", () => {
  const cases: [number, string, string][] = [
    [1, "good", "Working: 20 queries/s, half answered within 10 ms"],
    [1.1, "doubtful", "Degraded: 6 % of the queries get no response"],
    [9.9, "doubtful", "Degraded: 50 % of the queries get no response"],
    [10, "bad", "Failing: 50 % of the queries get no response"],
    [30, "bad", "Failing: 100 % of the queries get no response"],
  ];
  const upstreams = [UPSTREAM, SECOND];
  for (const [failures, grade, text] of cases) {
    const report = { minute: minute(10, 10, { failures }), upstreams };
    assertEquals(first(report), [grade, text, undefined]);
  }
});

Deno.test("verdictOf() tells whose response is missing where there is one upstream, and calls that not slow", () => {
  const text = "Failing: 60 % of the queries get no response of upstream dns.example";
  const half = minute(4500, 4500, { failures: 12 });
  assertEquals(first({ minute: half, upstreams: [upstream(9)] }), ["bad", text, UPSTREAM.name]);
  const tenth = minute(10, 4500, { failures: 2 });
  const { more, ...worst } = verdictOf({ ...REPORT, minute: tenth, upstreams: [upstream(9)] });
  assertEquals([worst.text, more], [text.replace("Failing: 60", "Degraded: 10"), []]);
  const some = minute(900, 4500, { failures: 4 });
  assertEquals(
    first({ minute: some, upstreams: [upstream(9)] })[1],
    "Degraded: slow: half of the queries wait 900 ms or more, though upstream dns.example takes 9 ms: " +
      "the rest waits for responses that do not come",
  );
});

Deno.test("verdictOf() counts failures among what was answered in that time, whenever it was asked", () => {
  const later = minute(10, 10, { queries: 0.2, replies: 0.53, failures: 0.33 });
  assertEquals(first({ minute: later })[1].slice(0, 13), "Failing: 63 %");
});

Deno.test("verdictOf() needs few queries to tell that nearly none gets a response", () => {
  const few = (failures: number) =>
    first({ minute: minute(4500, 4500, { queries: 0.1, failures }) })[1].slice(0, 14);
  assertEquals([few(0.1), few(0.05)], ["Failing: 100 %", "Failing: 50 % "]);
  assertEquals([few(0.033), few(0.04)], ["Degraded: 33 %", "Degraded: 33 %"]);
});

Deno.test("verdictOf() names a full table, but not that of clients kept apart, where the oldest makes room", () => {
  const full = (name: string) => first({ tables: [{ name, used: 256, limit: 256 }] });
  assertEquals(full("TCP connections"), [
    "bad",
    "Full: all 256 places for TCP connections are taken, and others turned away",
    undefined,
  ]);
  assertEquals(full("isolated clients")[0], "good");
});

Deno.test("verdictOf() names an upstream that only says that it cannot", () => {
  assertEquals(
    ofUpstream({ rcodes: { NOERROR: 10, REFUSED: 20, SERVFAIL: 70 } }),
    [
      "Upstream dns.example cannot resolve: 90 % of its responses are SERVFAIL or REFUSED",
    ][0],
  );
  assertEquals(ofUpstream({ rcodes: { SERVFAIL: 19 } }).slice(0, 8), "Working:");
  assertEquals(ofUpstream({ rcodes: { SERVFAIL: 40, NXDOMAIN: 60 } }).slice(0, 8), "Working:");
});

Deno.test("verdictOf() warns of a certificate that ends within a fortnight, after what is worse", () => {
  const days = (certificateDays: number) => ofUpstream({ certificateDays });
  assertEquals(days(15).slice(0, 8), "Working:");
  assertEquals(days(14), "The certificate of dns.example ends in 14 days");
  assertEquals(days(1), "The certificate of dns.example ends in 1 day");
  assertEquals(days(0), "The certificate of dns.example ends today");
  assertEquals(days(-1), "The certificate of dns.example has ended");
  const { more } = verdictOf({
    ...REPORT,
    upstreams: [{ ...DOWN_UPSTREAM, certificateDays: 3 }],
  });
  assertEquals(more.map(({ text }) => text), ["The certificate of dns2.example ends in 3 days"]);
});

Deno.test("verdictOf() does with what is known", () => {
  assertEquals(verdictOf({}), {
    grade: "good",
    state: "working",
    text: "Working",
    more: [],
  });
  const { text } = verdictOf({ upstreams: [{ isWorking: false }], minute: {}, tables: [{}] });
  assertEquals(text, "Failing: upstream of an unknown name is down");
});
