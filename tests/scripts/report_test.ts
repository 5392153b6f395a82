/** The Markdown and the picture of `deno task bench`, from numbers made up. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawChart } from "../../scripts/bench/chart.ts";
import { type Findings, formatReport } from "../../scripts/bench/report.ts";
import type { Sample } from "../../scripts/bench/sample.ts";

function sample(perSecond: number, microseconds: number, p50: number): Sample {
  const rates = [1000, 10_000, 30_000];
  return {
    ...{ perSecond, microseconds, p50, p99: 4 * p50, lost: 3, forwarded: 100, resident: 50 },
    paced: rates.map((rate) => ({
      ...{ rate, lostPercent: 0.5, microseconds: 60 },
      sentPerSecond: Math.min(rate, 20_000),
    })),
  };
}

const FINDINGS: Findings = {
  medians: new Map([
    ["dnsfwd-batch", sample(40_000, 20, 0.3)],
    ["unbound", sample(20_000, 40, 0.2)],
    ["dnsdist", sample(32_000, 25, 0.4)],
  ]),
  absences: [{ name: "stubby", reason: "not installed: stubby" }],
  firstAnswers: [{ name: "deno run", time: 101.6 }],
  machine: {
    ...{ date: "2026-01-31", processor: `A <fast> & "good" one`, cores: 2, kernel: "linux 6.1" },
    versions: ["dnsfwd 0.1.0", "unbound 1.17.1"],
  },
  ...{ rounds: 3, seconds: 5 },
};

Deno.test("formatReport() compares with the best peer of each measure", () => {
  const report = formatReport(FINDINGS);
  const ratios = "| 1.25 (dnsdist) | 0.80 (dnsdist) | 1.50 (unbound) | 1.50 (unbound) |";
  assertStringIncludes(report, `| dnsfwd-batch / best peer ${ratios}`);
  assert(!report.includes("dnsfwd-plain / best peer"), "who took no part has no ratio");
});

Deno.test("formatReport() says where dnsperf could not send as fast as it was told to", () => {
  const row = "| unbound | 0.50 % | 60.0 | 0.50 % | 60.0 | 0.50 % (sent 20000/s) | 60.0 |";
  assertStringIncludes(formatReport(FINDINGS), row);
});

Deno.test("formatReport() has as many cells in each row of a table as in its head", () => {
  const tables = formatReport(FINDINGS).split("\n\n").filter((part) => part.startsWith("|"));
  assertEquals(tables.length, 4);
  for (const lines of tables.map((table) => table.split("\n"))) {
    assertEquals(new Set(lines.map((line) => line.split("|").length)).size, 1, lines[0]);
  }
});

Deno.test("formatReport() without any contender says why none is there", () => {
  assertStringIncludes(
    formatReport({ ...FINDINGS, medians: new Map() }),
    "- stubby: not installed",
  );
});

Deno.test("drawChart() closes every element it opens and escapes what it is given", () => {
  const chart = drawChart(FINDINGS);
  const open: string[] = [];
  for (const [, end, name, self] of chart.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (end === "/") assertEquals(open.pop(), name);
    else if (self !== "/") open.push(name);
  }
  assertEquals(open, []);
  assertStringIncludes(chart, `A &lt;fast&gt; &amp; "good" one`);
  assert(!/NaN|undefined/.test(chart));
});

Deno.test("drawChart() draws bars in proportion, the longest within the picture", () => {
  const bars = [...drawChart(FINDINGS).matchAll(/x="(\d+)"[^>]* width="([\d.]+)" height="16"/g)];
  const lengths = bars.map(([, , length]) => Number(length));
  assertEquals(lengths.length, 6);
  assertEquals(lengths.map((length) => length / Math.max(...lengths)), [
    1,
    0.5,
    0.8,
    0.5,
    1,
    0.625,
  ]);
  assert(bars.every(([, x, length]) => Number(x) + Number(length) < 660), "room for the number");
});
