/** How well something is, as a sign beside the words: its form says as much as its colour. */

import type { Grade } from "../../report/finding.ts";
import { html, type Markup } from "./markup.ts";

/** none: there is nothing to say yet. */
export type Mark = Grade | "none";

const CIRCLE = "M8 1a7 7 0 1 0 0 14a7 7 0 1 0 0-14z";
/** Outline and sign in a square of sixteen. */
const FORMS: Readonly<Record<Mark, readonly [string, string]>> = {
  good: [CIRCLE, "M4.5 8.3l2.4 2.4l4.6-5"],
  doubtful: ["M8 1.2l7.2 13.3h-14.4z", "M8 6v4m0 2.2v.1"],
  bad: ["M5 1h6l4 4v6l-4 4h-6l-4-4v-6z", "M5.3 5.3l5.4 5.4m0-5.4l-5.4 5.4"],
  none: [CIRCLE, "M5 8h6"],
};

/** To be put before words that say the same. */
export function sign(mark: Mark): Markup {
  const [outline, inner] = FORMS[mark];
  return html`
    <svg class="sign ${mark}" viewBox="0 0 16 16" aria-hidden="true">
      <path d="${outline}" />
      <path class="inner" d="${inner}" />
    </svg>
  `;
}
