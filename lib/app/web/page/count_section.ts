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

export function countSection({ drops, rcodes, summary, tables }: Report): Markup {
  const all = sumOf(rcodes);
  const replies = sorted(rcodes).map(([name, number]) => ({
    name,
    meaning: MEANINGS[name],
    value: count(number),
    part: number,
    whole: all,
  }));
  const dropped = sorted(drops).map(([name, number]) => ({
    name,
    value: count(number),
    part: number,
    whole: summary.received,
  }));
  const uses = tables.map(({ limit, name, used }) => ({
    name,
    value: `${count(used)} of ${count(limit)}`,
    part: used,
    whole: limit,
  }));
  return html`<div class="counts">${
    tableOf("Replies since the start", "RCODE", replies, "No reply yet.")
  }
${tableOf("Not answered as asked", "Cause", dropped, "Every query was answered as it was asked.")}
${tableOf("Tables in use", "Table", uses, "None.")}</div>`;
}

function tableOf(title: string, head: string, rows: readonly Row[], empty: string): Markup {
  if (rows.length === 0) {
    return html`
      <section>
        <h2>${title}</h2>
        <p>${empty}</p>
      </section>
    `;
  }
  return html`
    <section>
      <h2>${title}</h2>
      <table class="shares">
        <thead>
          <tr>
            <th scope="col">${head}</th>
            <th scope="col">Count</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>${rows.map(rowHtml)}</tbody>
      </table>
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

function sorted(counts: Counts): [string, number][] {
  return Object.entries(counts).toSorted(([, one], [, other]) => other - one);
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, number) => sum + number, 0);
}
