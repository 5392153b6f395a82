/**
 * A chart of the last quarter of an hour, or of as little as there is, drawn by the server: nothing has to run for
 * it. One unit of width is a sample, the latest at the right; a hundred units are the height. The drawing is stretched to the room there
 * is, so the labels of the axes, which must not be, are drawings of their own beside it.
 *
 *     label |
 *     label |  the plot
 *     label |____________
 *            15 min   now
 */

import { SAMPLES, type Series } from "../../report/history.ts";
import { shortSpan, spanText } from "../../report/span_text.ts";
import type { Axis } from "./axis.ts";
import { html, Markup } from "./markup.ts";

const HEIGHT = 100;
/** Of a mark for something that happened, however little of it. */
const LEAST_MARK = 5;
/** Minutes that the axis of time may have, and samples of a minute. */
const MINUTES = [1, 3, 6, SAMPLES / 6];
const PER_MINUTE = 6;
/** Labels of that axis, before the one at its end. */
const PARTS = 3;

/** A line, or marks that stand on the bottom; a value for each sample, the latest last. */
export interface Curve {
  readonly name: string;
  readonly kind: "main" | "second" | "marks";
  readonly values: readonly (number | null)[];
}

export interface Chart {
  /** Starts the names of its parts. */
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly axis: Axis;
  readonly tick: (value: number) => string;
  readonly curves: readonly Curve[];
  /** What one sample says in words. */
  readonly reading: (sample: number) => string;
  /** What the chart shows, for those who do not see it. */
  readonly summary: string;
}

/** The minutes on the axis of a chart with so many samples: the fewest that hold them. */
export function chartMinutes(samples: number): number {
  return MINUTES.find((each) => each * PER_MINUTE >= samples) ?? SAMPLES / PER_MINUTE;
}

export function chartHtml(chart: Chart, { interval, queries }: Series): Markup {
  const { axis, curves, id, reading, summary, title, unit } = chart;
  const length = queries.length;
  const minutes = chartMinutes(length);
  const width = minutes * PER_MINUTE;
  const hits = queries.map((_, at) => {
    const text = `${agoText(length - 1 - at, interval)}: ${reading(at)}`;
    return html`
      <path d="M${width - length + at} 0v100">
        <title>${text}</title>
      </path>
    `;
  });
  return html`
    <figure class="chart">
      <figcaption><h2 id="${id}">${title} <small>${unit}</small></h2>${legend(curves)}</figcaption>
      <div class="plot">
        <svg class="ticks" aria-hidden="true">${axis.ticks.map((tick) =>
          tickLabel(chart, tick)
        )}</svg>
        <svg class="drawing" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" role="img"
          aria-label="${summary}">
    <path class="grid" d="${axis.ticks.map((tick) => `M0 ${heightOf(axis, tick)}h${width}`).join(
      "",
    )}"/>
    ${curves.map((curve) => curveHtml(axis, curve, width))}
    <g class="hits" transform="translate(.5)">${hits}</g></svg>
        <svg class="times" aria-hidden="true">${timesOf(minutes).map(timeLabel)}</svg>
      </div>
      <p class="reading" data-latest="${latest(length, reading)}">${latest(length, reading)}</p>
    </figure>
  `;
}

function latest(length: number, reading: Chart["reading"]): string {
  return length === 0 ? "Nothing measured yet" : `Last 10 s: ${reading(length - 1)}`;
}

function agoText(samples: number, interval: number): string {
  return samples === 0 ? "Last 10 s" : `${spanText(samples * interval * 1000)} ago`;
}

function tickLabel({ axis, tick }: Chart, value: number): Markup {
  return html`<text x="100%" y="${heightOf(axis, value)}%" dy=".32em">${tick(value)}</text>`;
}

/** `15 min`, `10 min`, `5 min`, `now`. */
function timesOf(minutes: number): readonly string[] {
  const parts = Array.from({ length: PARTS }, (_, at) => minutes * (PARTS - at) / PARTS);
  return [...parts.map((part) => shortSpan(Math.round(part * 60) * 1000)), "now"];
}

function timeLabel(text: string, at: number): Markup {
  return html`<text x="${(100 * at / PARTS).toFixed(1)}%" y="1.3em">${text}</text>`;
}

function legend(curves: readonly Curve[]): Markup {
  const items = curves.map(({ kind, name }) =>
    html`<li><svg class="key" viewBox="0 0 24 8" aria-hidden="true">${new Markup(
      kind === "marks"
        ? '<path class="marks" d="M4 8v-6h5v6zM13 8v-4h5v4z"/>'
        : `<path class="${kind}" d="M1 4h22"/>`,
    )}</svg>${name}</li>`
  );
  return html`<ul class="legend">${items}</ul>`;
}

function curveHtml(axis: Axis, { kind, values }: Curve, width: number): Markup {
  return html`
    <path class="${kind}" d="${kind === "marks"
      ? marks(axis, values, width)
      : line(axis, values, width)}" />
  `;
}

/** Interrupted where there is no value; what stands alone is as wide as its sample. */
function line(axis: Axis, values: readonly (number | null)[], width: number): string {
  return values.map((value, at) => {
    if (value === null) return "";
    const isStart = at === 0 || values[at - 1] === null;
    const isAlone = isStart && (values[at + 1] ?? null) === null;
    const left = width - values.length + at;
    const height = heightOf(axis, value);
    if (isAlone) return `M${left} ${height}h1`;
    return `${isStart ? "M" : "L"}${left + 0.5} ${height}`;
  }).join("");
}

function marks(axis: Axis, values: readonly (number | null)[], width: number): string {
  return values.map((value, at) => {
    if (value === null || value === 0) return "";
    const height = Math.max(LEAST_MARK, HEIGHT - heightOf(axis, value));
    return `M${width - values.length + at} ${HEIGHT}v-${height}h1v${height}z`;
  }).join("");
}

/** From the top, as SVG counts. */
function heightOf(axis: Axis, value: number): number {
  return Math.round((1 - axis.place(value)) * HEIGHT * 10) / 10;
}
