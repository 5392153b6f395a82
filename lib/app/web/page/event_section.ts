/** What happened last, the latest first. */

import { html, type Markup } from "./markup.ts";
import { ago } from "./quantity.ts";

/** How many of them. */
const SHOWN = 20;

/** Something worth a line. */
export interface PageEvent {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** A word: info, warning, error. */
  readonly level: string;
  readonly text: string;
}

/** Of `events` in any order; `now` in milliseconds since 1970. */
export function eventSection(events: readonly PageEvent[], now: number): Markup {
  const latest = events.toSorted((one, other) => other.time - one.time).slice(0, SHOWN);
  const rows = latest.map((event) => eventRow(event, now));
  const table = html`
    <table class="events">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Level</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>${rows}</tbody>
    </table>
  `;
  return html`<section><h2>Last events</h2>${
    rows.length === 0 ? html`<p>None yet.</p>` : table
  }</section>`;
}

function eventRow({ level, text, time }: PageEvent, now: number): Markup {
  const passed = Math.max(0, now - time);
  return html`
    <tr class="${level}">
      <td><time>${timeText(time)}</time> <small>${ago(
        passed,
      )}</small></td>
      <td>${level}</td>
      <td>${text}</td>
    </tr>
  `;
}

/** As in the log: `2026-11-24 02:03:12Z`. */
export function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")}Z`;
}
