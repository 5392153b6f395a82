import { assert, assertEquals } from "@std/assert";
import type { Reply } from "../../../lib/app/instance/control_protocol.ts";
import { statusFields, statusLines } from "../../../lib/app/status/status_text.ts";
import { DOWN_UPSTREAM, REPORT, UPSTREAM } from "../../helpers/report.ts";

const WALL = Date.UTC(2026, 10, 23, 12, 0, 0);
const REPLY: Reply = {
  ...REPORT,
  version: 1,
  ok: true,
  healthy: true,
  uptime: 2 * 86_400_000 + 3 * 3_600_000 + 59_000,
  addresses: ["127.0.0.1:53", "[::1]:53"],
  configFile: "/etc/dnsfwd.toml",
  configAge: 180_000,
};

function lines(reply: Reply, isUnicode = false): string[] {
  return statusLines(reply, WALL, { width: 80, isUnicode }).map(({ text }) => text);
}

/** The lines with this label, in all blocks. */
function labelled(reply: Reply, label: string): string[] {
  return lines(reply).filter((text) => text.slice(0, 11).trim() === label)
    .map((text) => text.slice(11));
}

Deno.test("statusLines() says what a person wants to know, the verdict first", () => {
  assertEquals(
    lines(REPLY).join("\n"),
    `\
Working: 20.7 queries/s, half answered within 10.5 ms

Upstream   tls://192.0.2.1:853#dns.example
  state    connected, works for 1 h 0 min, last response just now
  takes    12.5 ms (smoothed), p50 11.2 ms, p90 25.1 ms, p99 110 ms, max 340 ms
  queries  1051 sent, 4 resent, 7 failed, 3 of 16384 waiting
  opened   12 connections, 1 open now, 12 handshakes, 3 resumed,
           2 attempts failed, 87.6 queries each, at most 41 at once
  closed   9 by us, 1 by the upstream, 1 broken, idle limit 8 s
  answers  NOERROR 900, NXDOMAIN 140
  ignored  2 late, 1 to no query
  cert     61 days left

Clients     queries/s   failed/s     p50 ms     p90 ms     p99 ms     max ms
  1 min          20.7       0.12       10.5         24        120       2113
  queries  _:-+#- up to 42/s in 1 min
  p99       __#__ up to 2113 ms in 1 min
  total    1241 received, 1234 answered, 7 of them without a response,
           180 asked together with others
  answers  NOERROR 1050, NXDOMAIN 177, SERVFAIL 7
  dropped  asked again while waiting 5, too short 1
  over TCP 17 connections accepted, 0 refused, 2 unread
Tables     UDP clients 3 of 16384, TCP clients 0 of 8192,
           TCP connections 1 of 256

Program    dnsfwd 1.2.3, process 4711
Running    for 2 d 3 h, since 2026-11-21 08:59:01Z
Memory     57.7 MB resident, 9.4 MB heap
Listening  127.0.0.1:53, [::1]:53
Config     /etc/dnsfwd.toml, read 3 min 0 s ago`,
  );
});

Deno.test("statusLines() says where metrics are, if anywhere", () => {
  const options = { width: 80, isUnicode: false };
  const metrics = (address: string | null) =>
    statusLines({ ...REPLY, metrics: address }, WALL, options).map(({ text }) => text)
      .filter((text) => text.startsWith("Metrics"));
  assertEquals(metrics(null), []);
  assertEquals(metrics("127.0.0.1:10853"), ["Metrics    http://127.0.0.1:10853/"]);
});

Deno.test("statusLines() says of an upstream that fails since when and why, and what else there is to know", () => {
  const upstreams = [{ ...DOWN_UPSTREAM, certificateDays: 3 }, UPSTREAM];
  const found = statusLines({ ...REPLY, upstreams }, WALL, { width: 80, isUnicode: false });
  assertEquals(found.slice(0, 3).map(({ grade, text }) => [grade, text]), [
    ["doubtful", "Degraded: upstream dns2.example has been down for 2 min: connection refused;"],
    ["doubtful", "  dns.example answers"],
    ["doubtful", "The certificate of dns2.example ends in 3 days"],
  ]);
  const state = found.find(({ text }) => text.includes("down for 2 min 0 s"));
  assertEquals([state?.grade, state?.text], [
    "bad",
    "  state    down for 2 min 0 s, connection refused, 14 failures,",
  ]);
});

Deno.test("statusLines() does not say that an upstream works which has not responded yet", () => {
  const upstreams = [{ ...UPSTREAM, state: "idle" as const, lastResponse: undefined }];
  assertEquals(labelled({ ...REPLY, upstreams }, "state"), ["idle, no response yet"]);
});

Deno.test("statusLines() says of an upstream that was never asked just that", () => {
  const unused = {
    ...UPSTREAM,
    state: "unused",
    lastResponse: undefined,
    since: undefined,
  } as const;
  const found = lines({ ...REPLY, upstreams: [unused] });
  assertEquals(found.slice(2, 5), [`Upstream   ${UPSTREAM.name}`, "  state    unused", ""]);
});

Deno.test("statusLines() says what does not work, and that there is no file", () => {
  const [first] = lines({ ...REPLY, healthy: false, problem: "[::1]:53 does not answer" });
  assertEquals(first, "Failing: [::1]:53 does not answer");
  assertEquals(lines({ ...REPLY, healthy: false })[0], "Failing: the reason is not known");
  const none = labelled({ ...REPLY, configFile: null }, "Config");
  assertEquals(none, ["command line only, read 3 min 0 s ago"]);
});

Deno.test("statusLines() tells the time that it runs in the two largest units", () => {
  const cases: [number, string][] = [
    [0, "0 s"],
    [999, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min 0 s"],
    [3_599_000, "59 min 59 s"],
    [3_600_000, "1 h 0 min"],
    [86_400_000, "1 d 0 h"],
    [400 * 86_400_000, "400 d 0 h"],
  ];
  for (const [uptime, expected] of cases) {
    const [text] = labelled({ ...REPLY, uptime }, "Running");
    assertEquals(/^for (.*), since/.exec(text)?.[1], expected, `${uptime}`);
  }
});

Deno.test("statusLines() has a row for the quarter of an hour once that is longer than the minute", () => {
  const quarter = { ...REPORT.quarter, seconds: 902, latency: undefined };
  const rows = lines({ ...REPLY, quarter }).filter((text) => /^ {2}\d+ min /.test(text));
  assertEquals(rows, [
    "  1 min          20.7       0.12       10.5         24        120       2113",
    "  15 min         20.7       0.12          -          -          -          -",
  ]);
});

Deno.test("statusLines() fits into 80 columns with curves of a quarter of an hour, in Unicode if it may", () => {
  const queries = Array.from({ length: 90 }, (_, at) => 12_345.67 + at);
  const series = { interval: 10, queries, failures: queries, p50: queries, p99: queries };
  for (const isUnicode of [false, true]) {
    const drawn = lines({ ...REPLY, series }, isUnicode);
    const widest = Math.max(...drawn.map(({ length }) => length));
    assert(widest <= 80, drawn.find(({ length }) => length === widest));
    assertEquals(drawn.join("").includes("\u2588"), isUnicode);
  }
});

Deno.test("statusLines() moves no cursor, and does without what is not there or makes no sense", () => {
  const strange = {
    version: 1,
    ok: true,
    healthy: false,
    problem: "\x1b[2J",
    uptime: 1e300,
    pid: "many",
    addresses: [1],
    upstreams: [{ name: "\x9b2J", state: 7, connections: null, since: "x" }, 3],
    series: { queries: ["a"], p99: 5 },
    tables: [{}],
    summary: null,
  } as unknown as Reply;
  const found = lines(strange);
  assertEquals(found[0], "Failing: \\x1b[2J");
  assert(found.includes("Upstream   \\x9b2J"), found.join("\n"));
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x1f\x7f-\x9f]/.test(found.join("")));
  assertEquals(lines({ version: 1, ok: true, healthy: true }), ["Working"]);
});

Deno.test("statusFields() works the state out for an instance of an older version, which tells none", () => {
  const told = (reply: Partial<Reply>) => {
    const { healthy, ok, state } = statusFields({ ...REPLY, ...reply });
    return [state, healthy, ok];
  };
  assertEquals(told({}), ["working", true, true]);
  assertEquals(told({ upstreams: [UPSTREAM, DOWN_UPSTREAM] }), ["degraded", true, true]);
  assertEquals(told({ upstreams: [DOWN_UPSTREAM] }), ["failing", false, false]);
  assertEquals(told({ healthy: false, problem: "no answer" }), ["failing", false, false]);
});

Deno.test("statusLines() says why an instance is not ready, and nothing of that where it is", () => {
  const notReady = ["Draining: ends in 3 s", "\x1b[2J"];
  const found = lines({ ...REPLY, ready: false, notReady });
  assertEquals(found.slice(1, 3), ["Not ready: Draining: ends in 3 s", "Not ready: \\x1b[2J"]);
  assert(lines(REPLY).every((line) => !line.startsWith("Not ready")));
});
