/**
 * The results as a picture: two groups of horizontal bars, in one SVG file that needs nothing else.
 * It has a ground of its own, light or dark as the reader's system is.
 *
 *     queries per second (higher is better)
 *     dnsfwd-batch  ###################  41200
 *     unbound       ##############       30100
 */

import { isForwarder } from "./forwarders.ts";
import type { Findings } from "./report.ts";
import type { Sample } from "./sample.ts";

const WIDTH = 720;
const MARGIN = 20;
const ROW = 26;
const BAR = 16;
/** Where bars begin, and how long the longest is. */
const BARS_LEFT = 150;
const BARS_WIDTH = 460;
/** Of a group's title. */
const TITLE = 44;
const CAPTION_LINE = 16;
/** Characters of a line of the caption. */
const CAPTION_WIDTH = 110;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .caption { font-size: 11px; fill: #59636e; }
  .ground { fill: #ffffff; }
  .own { fill: #1a7f64; }
  .peer { fill: #8c959f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .caption { fill: #9198a1; }
    .ground { fill: #0d1117; }
    .own { fill: #3fb68b; }
    .peer { fill: #6e7681; }
  }`;

interface Group {
  readonly title: string;
  readonly pick: (sample: Sample) => number;
  readonly digits: number;
}

const GROUPS: readonly Group[] = [
  {
    title: "Queries per second, 200 outstanding (more is better)",
    pick: (sample) => sample.perSecond,
    digits: 0,
  },
  {
    title: "CPU per query, microseconds (less is better)",
    pick: (sample) => sample.microseconds,
    digits: 1,
  },
];

export function drawChart({ medians, machine, rounds, seconds }: Findings): string {
  const groupHeight = TITLE + medians.size * ROW;
  const caption = wrap(
    `Forwarding over TLS, medians of ${rounds} rounds of ${seconds} s. ${machine.date}; ` +
      `${machine.processor}, ${machine.cores} cores; ${machine.kernel}; ` +
      `${machine.versions.join(", ")}.`,
    CAPTION_WIDTH,
  );
  const captionTop = GROUPS.length * groupHeight + MARGIN * 2;
  const height = captionTop + caption.length * CAPTION_LINE;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" \
height="${height}" role="img" aria-label="Queries per second and CPU per query of DNS forwarders">
<style>${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}"/>
${GROUPS.map((group, index) => drawGroup(group, index * groupHeight, medians)).join("\n")}
${
    caption.map((line, index) =>
      drawText(MARGIN, captionTop + index * CAPTION_LINE, line, "caption")
    )
      .join("\n")
  }
</svg>
`;
}

function drawGroup(group: Group, top: number, medians: ReadonlyMap<string, Sample>): string {
  const longest = Math.max(...Array.from(medians.values(), group.pick));
  const rows = Array.from(medians, ([name, sample], index) => {
    const value = group.pick(sample);
    const y = top + TITLE + index * ROW;
    return drawRow(name, y, value / longest * BARS_WIDTH, value.toFixed(group.digits));
  });
  return [drawText(MARGIN, top + TITLE - 14, group.title, "title"), ...rows].join("\n");
}

function drawRow(name: string, y: number, length: number, value: string): string {
  const kind = isForwarder(name) ? "own" : "peer";
  const baseline = y + BAR - 3;
  return `${drawText(MARGIN, baseline, name)}
<rect class="${kind}" x="${BARS_LEFT}" y="${y}" width="${
    length.toFixed(1)
  }" height="${BAR}" rx="2"/>
${drawText(Math.round(BARS_LEFT + length + 8), baseline, value)}`;
}

function drawText(x: number, y: number, text: string, kind?: string): string {
  const attribute = kind === undefined ? "" : ` class="${kind}"`;
  return `<text x="${x}" y="${y}"${attribute}>${escape(text)}</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Lines of at most `width` characters, broken at spaces. */
function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = `${lines[lines.length - 1]} ${word}`.trim();
    if (line.length <= width) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}
