/** How many queries there were and how long clients waited, in the last quarter of an hour. */

import type { Report } from "../../report/report.ts";
import type { Series, Stretch } from "../../report/history.ts";
import { latencyAxis, linearAxis } from "./axis.ts";
import { type Chart, chartHtml, chartMinutes } from "./chart.ts";
import { figureList } from "./figures.ts";
import { html, type Markup } from "./markup.ts";
import { latency, rate, share } from "./quantity.ts";
import { highest, seriesTable } from "./series_table.ts";

export function historySection({ minute, series }: Report): Markup {
  return html`<section class="history">
${chartHtml(rateChart(series), series)}
${chartHtml(latencyChart(series), series)}
${minuteFigures(minute)}
${seriesTable(series)}
</section>`;
}

function rateChart({ failures, queries }: Series): Chart {
  const most = Math.max(0, ...queries, ...failures);
  return {
    id: "queries",
    title: "Queries",
    unit: "per second",
    axis: linearAxis(most),
    tick: rate,
    curves: [
      { name: "asked", kind: "main", values: queries },
      { name: "failed", kind: "marks", values: failures },
    ],
    reading: (at) =>
      `${rate(queries[at])} per second` +
      (failures[at] > 0 ? `, ${rate(failures[at])} of them failed` : ""),
    summary:
      `Queries per second in the last ${spanOf(queries.length)}: latest ${
        rate(queries.at(-1) ?? 0)
      }, ` +
      `at most ${rate(most)}; failed: at most ${rate(Math.max(0, ...failures))}.`,
  };
}

function latencyChart({ p50, p99 }: Series): Chart {
  const times = [...p50, ...p99].filter((time) => time !== null);
  return {
    id: "latency",
    title: "Time to a reply",
    unit: "logarithmic scale",
    axis: latencyAxis(times),
    tick: latency,
    curves: [
      { name: "half within (p50)", kind: "main", values: p50 },
      { name: "99 % within (p99)", kind: "second", values: p99 },
    ],
    reading: (at) => `p50 ${latency(p50[at])}, p99 ${latency(p99[at])}`,
    summary:
      `Time to a reply in the last ${spanOf(p50.length)}: latest p50 ${latency(p50.at(-1))}, ` +
      `p99 ${latency(p99.at(-1))}; longest p99 ${latency(highest(p99))}.`,
  };
}

/** How long the axis of so many samples is. */
function spanOf(samples: number): string {
  const minutes = chartMinutes(samples);
  return minutes === 1 ? "minute" : `${minutes} minutes`;
}

/** What was counted and measured in the last minute. */
function minuteFigures({ failures, latency: times, queries }: Stretch): Markup {
  const time = (value: number | undefined) => value === undefined ? undefined : latency(value);
  const figures = figureList([
    ["Queries per second", rate(queries)],
    ["Failed", queries > 0 ? share(failures, queries) : undefined],
    ["Half within", time(times?.p50)],
    ["90 % within", time(times?.p90)],
    ["99 % within", time(times?.p99)],
    ["Longest", time(times?.max)],
  ]);
  return html`
    <h2>Last minute</h2>
    <div class="card large">${figures}</div>
  `;
}
