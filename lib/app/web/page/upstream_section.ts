/** How each upstream is: its health in words, and what was counted and measured of it. */

import { daysText } from "../../report/upstream_findings.ts";
import type { UpstreamReport } from "../../report/upstream_report.ts";
import { type Figure, figureList } from "./figures.ts";
import { healthWords } from "./health_words.ts";
import { sign } from "./sign.ts";
import { html, type Markup } from "./markup.ts";
import { ago, count, latency } from "./quantity.ts";

/** Days that are few. */
const FEW_DAYS = 14;

export function upstreamSection(upstreams: readonly UpstreamReport[]): Markup {
  return html`
    <section>
      <h2>${upstreams.length === 1 ? "Upstream" : "Upstreams"}</h2>
      <div class="cards">${upstreams.map(upstreamCard)}</div>
    </section>
  `;
}

function upstreamCard(upstream: UpstreamReport): Markup {
  const { mark, rest, word } = healthWords(upstream);
  if (upstream.state === "unused") {
    return html`
      <article class="card unused">
        <p class="health">${sign(mark)}<span>${upstream
          .name}: <strong>${word}</strong>${rest}</span></p>
      </article>
    `;
  }
  return html`
    <article class="card">
      <h3>${upstream.name}</h3>
      <p class="health">${sign(mark)}<span><strong>${word}</strong>${rest}</span></p>
      ${figureList(figuresOf(upstream))}
    </article>
  `;
}

function figuresOf(upstream: UpstreamReport): readonly Figure[] {
  const { connections, latency: times, lastResponse, queries, responseTime } = upstream;
  return [
    ["Response time", responseTime === undefined ? undefined : latency(responseTime)],
    ["99 % within, 15 min", times === undefined ? undefined : latency(times.p99)],
    ["Last response", lastResponse === undefined ? undefined : ago(lastResponse)],
    ["Connections", `${count(connections.open)} open, ${count(connections.opened)} made`],
    ["Queries/connection", connections.queriesEach?.toString()],
    ["Queries in flight", count(queries.inFlight)],
    ["Queries sent", count(queries.sent)],
    ["Sent again", count(queries.resent)],
    ["Without a response", count(queries.failed)],
    ["Certificate", certificateText(upstream.certificateDays)],
  ];
}

function certificateText(days: number | undefined): string | undefined {
  if (days === undefined) return undefined;
  if (days < 0) return "expired";
  const text = `${daysText(days)} left`;
  return days < FEW_DAYS ? `only ${text}` : text;
}
