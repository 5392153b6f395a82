/** The charts as numbers, for those who do not see them: the highest of each minute. */

import type { Series } from "../../report/history.ts";
import { html, type Markup } from "./markup.ts";
import { latency, rate } from "./quantity.ts";

type Values = readonly (number | null)[];

/** Samples of ten seconds. */
const MINUTE = 6;

export function seriesTable(series: Series): Markup {
  const minutes = Math.ceil(series.queries.length / MINUTE);
  const rows = Array.from({ length: minutes }, (_, back) => minuteRow(series, back));
  return html`
    <details id="numbers">
      <summary>The charts as numbers</summary>
      <table>
        <caption>The highest of each minute</caption>
        <thead>
          <tr>
            <th scope="col">Minutes ago</th>
            <th scope="col">Queries/s</th>
            <th scope="col">Failed/s</th>
            <th scope="col">p50</th>
            <th scope="col">p99</th>
          </tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    </details>
  `;
}

function minuteRow({ failures, p50, p99, queries }: Series, back: number): Markup {
  const end = queries.length - back * MINUTE;
  const most = (values: Values) => highest(values.slice(Math.max(0, end - MINUTE), end));
  const [asked, failed] = [queries, failures].map((values) => rate(most(values) ?? 0));
  const [half, slow] = [p50, p99].map((values) => latency(most(values)));
  return html`
    <tr>
      <th scope="row">${back} to ${back + 1}</th>
      <td>${asked}</td>
      <td>${failed}</td>
      <td>${half}</td>
      <td>${slow}</td>
    </tr>
  `;
}

/** undefined: there is no value. */
export function highest(values: Values): number | undefined {
  const existing = values.filter((value) => value !== null);
  return existing.length === 0 ? undefined : Math.max(...existing);
}
