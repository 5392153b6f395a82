import { assertEquals } from "@std/assert";
import { knownReport } from "../../../lib/app/report/known_report.ts";
import { REPORT } from "../../helpers/report.ts";

Deno.test("knownReport() keeps a report, but for the counters that nobody shows", () => {
  const { summary, ...rest } = REPORT;
  const { answered, failed, failedAgain, joined, received } = summary;
  const expected = { ...rest, summary: { received, answered, joined, failed, failedAgain } };
  assertEquals(knownReport(REPORT), expected);
});

Deno.test("knownReport() leaves out what makes no sense, and keeps what stands beside it", () => {
  const cases: [unknown, unknown][] = [
    [undefined, {}],
    ["text", {}],
    [{ uptime: "long", pid: 1 }, { pid: 1 }],
    [{ configFile: 7, configAge: null }, {}],
    [{ addresses: [1, "::1"], tables: {} }, { addresses: ["::1"] }],
    [{ rcodes: { NOERROR: "many", SERVFAIL: 2 } }, { rcodes: { SERVFAIL: 2 } }],
    [{ rcodes: [1, 2], drops: null }, {}],
    [{ series: { p50: [null, "x", 3] } }, { series: { p50: [null, 3] } }],
    [{ upstreams: [null, { name: "a", since: "b", connections: 3 }] }, {
      upstreams: [{ name: "a" }],
    }],
  ];
  for (const [value, expected] of cases) assertEquals(knownReport(value), expected);
});

Deno.test("knownReport() moves no cursor", () => {
  const strange = { program: "\x1b[2J", rcodes: { "a\nb": 1 }, upstreams: [{ cause: "\x9b" }] };
  assertEquals(knownReport(strange), {
    program: "\\x1b[2J",
    rcodes: { "a\\x0ab": 1 },
    upstreams: [{ cause: "\\x9b" }],
  });
});
