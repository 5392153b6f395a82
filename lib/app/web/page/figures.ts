/** Figures side by side, as many as there is room for, each under its name. */

import { html, type Markup } from "./markup.ts";

/** A name and what it is; undefined: there is nothing to show. */
export type Figure = readonly [name: string, value: string | undefined];

export function figureList(figures: readonly Figure[]): Markup {
  const items = figures.filter(([, value]) => value !== undefined).map(([name, value]) =>
    html`
      <div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>
    `
  );
  return html`
    <dl>${items}</dl>
  `;
}
