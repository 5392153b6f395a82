/** What was counted since the start: replies by RCODE, what was not answered, and how full the tables are. */

import type { Counts } from "../../report/counts.ts";
import type { Report } from "../../report/report.ts";
import { html, type Markup } from "./markup.ts";
import { count, share } from "./quantity.ts";

/** RFC 1035, 4.1.1; RFC 2136, 2.2; RFC 6891, 9; RFC 7873, 8. */
const MEANINGS: Readonly<Record<string, string>> = {
  NOERROR: "answered",
  FORMERR: "query not understood",
  SERVFAIL: "failed",
  NXDOMAIN: "no such name",
  NOTIMP: "not supported",
  REFUSED: "refused",
  NOTAUTH: "not in charge",
  BADVERS: "EDNS version not known",
  BADCOOKIE: "bad cookie",
};

interface Row {
  readonly name: string;
  readonly meaning?: string;
  readonly value: string;
  readonly part: number;
  readonly whole: number;
}

interface Table {
  readonly title: string;
  readonly heads: readonly [name: string, value: string];
  readonly rows: readonly Row[];
  /** Instead of a table without rows. */
  readonly empty: string;
}

export function countSection(report: Report): Markup {
  const tables = [replyTable(report), dropTable(report), useTable(report)];
  return html`
    <div class="counts">${tables.map(tableHtml)}</div>
  `;
}

function replyTable({ rcodes }: Report): Table {
  return {
    title: "Replies since the start",
    heads: ["RCODE", "Count"],
    rows: countRows(rcodes, sumOf(rcodes)).map((row) => ({ ...row, meaning: MEANINGS[row.name] })),
    empty: "No reply yet.",
  };
}

function dropTable({ drops, summary }: Report): Table {
  return {
    title: "Dropped or sent to TCP",
    heads: ["Cause", "Count"],
    rows: countRows(drops, summary.received),
    empty: "Nothing: every message got a reply.",
  };
}

function useTable({ tables }: Report): Table {
  const rows = tables.map(({ limit, name, used }) => ({
    name,
    value: `${count(used)} of ${count(limit)}`,
    part: used,
    whole: limit,
  }));
  return { title: "Tables", heads: ["Table", "In use"], rows, empty: "None." };
}

/** The largest first. */
function countRows(counts: Counts, whole: number): readonly Row[] {
  const entries = Object.entries(counts).toSorted(([, one], [, other]) => other - one);
  return entries.map(([name, number]) => ({ name, value: count(number), part: number, whole }));
}

function tableHtml({ empty, heads, rows, title }: Table): Markup {
  const columns = [...heads, "Share"].map((head) => html`<th scope="col">${head}</th>`);
  const table = html`
    <table class="shares">
      <thead>
        <tr>${columns}</tr>
      </thead>
      <tbody>${rows.map(rowHtml)}</tbody>
    </table>
  `;
  return html`
    <section>
      <h2>${title}</h2>
      ${rows.length === 0 ? html`<p>${empty}</p>` : table}
    </section>
  `;
}

function rowHtml({ meaning, name, part, value, whole }: Row): Markup {
  const width = whole === 0 ? 0 : Math.min(100, 100 * part / whole).toFixed(1);
  const note = meaning === undefined ? undefined : html`<small>${meaning}</small>`;
  return html`
    <tr>
      <th
        scope="row">${name} ${note}<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><path d="M0 0h${width}v1h-${width}z"/></svg></th>
      <td>${value}</td>
      <td>${share(part, whole)}</td>
    </tr>
  `;
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, number) => sum + number, 0);
}
