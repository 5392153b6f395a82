/** What state the program is in: the worst that there is to say first, and what else. */

import type { Finding, Grade } from "../../report/finding.ts";
import type { Verdict } from "../../report/verdict.ts";
import { html, type Markup } from "./markup.ts";
import { sign } from "./sign.ts";

const WORDS: Readonly<Record<Grade, string>> = {
  good: "Working",
  doubtful: "Needs attention",
  bad: "In trouble",
};

/** In a few words that stay the same as long as the state does. */
export function verdictWords({ grade }: Verdict): string {
  return WORDS[grade];
}

/** Only the few words are spoken when they change, as the sentences change with every number in them. */
export function verdictSection(verdict: Verdict): Markup {
  const more = verdict.more.map((each) => html`<li>${findingHtml(each)}</li>`);
  return html`
    <div class="verdict ${verdict.grade}">
      <p class="spoken" role="status">${verdictWords(verdict)}</p>
      <p class="finding">${findingHtml(verdict)}</p>
      ${more.length === 0 ? undefined : html`<ul>${more}</ul>`}
    </div>
  `;
}

/** What stands before a colon is what matters most. */
function findingHtml({ grade, text }: Finding): Markup {
  const [head, ...rest] = text.split(": ");
  const tail = rest.map((each) => `: ${each}`).join("");
  return html`${sign(grade)}<span><strong>${head}</strong>${tail}</span>`;
}
