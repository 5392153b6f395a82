/** What runs here: its version, since when, by which configuration, and what it takes. */

import type { Report } from "../../report/report.ts";
import { spanText } from "../../report/span_text.ts";
import { html, type Markup } from "./markup.ts";
import { ago, count, memory } from "./quantity.ts";

export function aboutSection(report: Report): Markup {
  const { clientConnections: clients, configAge, configFile, identity, memory: used, uptime } =
    report;
  const rows: [string, string][] = [
    ["Version", `dnsfwd ${report.program}, process ${report.pid}`],
    ...identity === undefined ? [] : [["Identity", identity] as [string, string]],
    ["Running for", spanText(uptime)],
    ["Listening on", report.addresses.length === 0 ? "nothing" : report.addresses.join(", ")],
    ...awaitedRows(report.awaited),
    ["Configuration", configFile ?? "command line only"],
    ["Configuration read", ago(configAge)],
    ["Memory", `${memory(used.resident)}, ${memory(used.heapUsed)} of it in the heap`],
    [
      "TCP connections of clients",
      `${count(clients.accepted)} accepted, ${count(clients.refused)} refused, ` +
      `${count(clients.unread)} unread`,
    ],
  ];
  const cells = rows.map(([name, value]) =>
    html`
      <tr>
        <th scope="row">${name}</th>
        <td>${value}</td>
      </tr>
    `
  );
  return html`
    <section>
      <h2>This instance</h2>
      <table class="about">
        <tbody>${cells}</tbody>
      </table>
    </section>
  `;
}

/** The addresses that this machine does not have yet, if there are any. */
function awaitedRows(awaited: readonly string[] = []): [string, string][] {
  return awaited.length === 0 ? [] : [["Will listen on", awaited.join(", ")]];
}
