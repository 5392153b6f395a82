/**
 * The page for people: one document that needs nothing but itself. The server renders all of it, with what is
 * true at that moment, so that it says everything without JavaScript. Where that may run, a short script asks
 * every other second for the live part, rendered by the same functions, and puts in what has changed.
 */

import type { Report } from "../../report/report.ts";
import type { Verdict } from "../../report/verdict.ts";
import { aboutSection } from "./about_section.ts";
import { countSection } from "./count_section.ts";
import { eventSection, type PageEvent, timeText } from "./event_section.ts";
import { historySection } from "./history_section.ts";
import { html, Markup } from "./markup.ts";
import { SCRIPT, STYLE } from "./inline_files.ts";
import { upstreamSection } from "./upstream_section.ts";
import { verdictSection, verdictWords } from "./verdict_section.ts";

/** What a page shows. */
export interface PageContent {
  readonly report: Report;
  readonly verdict: Verdict;
  /** In any order; the latest are shown. */
  readonly events: readonly PageEvent[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A tile of the colour of the page's lines: nothing has to be fetched for it. */
const ICON = "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" ' +
    'fill="#1f5fa8"/><path d="M3 8h9M8.500 4.500L12 8l-3.500 3.500" fill="none" stroke="#fff" stroke-width="2"/></svg>',
);

/** The whole document. */
export function pageHtml(content: PageContent): string {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <title>${titleOf(content)}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <link rel="icon" href="${ICON}">
        <style>${new Markup(STYLE)}</style>
      </head>
      <body>
    <p id="notice" role="alert" hidden></p>
    ${new Markup(fragmentHtml(content))}
    <footer>
      <p>The same for programs: <a href="/metrics">metrics</a>, <a href="/status.json">status.json</a></p>
      <noscript><p>Without JavaScript this page stays as it is: <a href="">load it again</a>.</p></noscript>
    </footer>
    <script type="module">${new Markup(SCRIPT)}</script>
      </body>
    </html>
  `.text;
}

/** The live part of the document, for its script. */
export function fragmentHtml(content: PageContent): string {
  const { events, now, report, verdict } = content;
  const last = eventSection(events, now);
  // Where something is wrong they say what happened; the places stay, so that nothing else has to move.
  const isFirst = verdict.grade !== "good";
  return html`<main data-title="${titleOf(content)}" data-version="${report.program}">
<header><h1>dnsfwd</h1><p>As of <time id="time">${timeText(now)}</time></p></header>
${verdictSection(verdict)}
<div>${isFirst ? last : undefined}</div>
${historySection(report)}
${upstreamSection(report.upstreams)}
${countSection(report)}
<div>${isFirst ? undefined : last}</div>
${aboutSection(report)}
</main>`.text;
}

function titleOf({ verdict }: PageContent): string {
  return `${verdictWords(verdict)} - dnsfwd`;
}
