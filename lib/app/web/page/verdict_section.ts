/** What state the program is in: the worst that there is to say first, and what else. */

import type { Finding } from "../../report/finding.ts";
import { capital, type Verdict } from "../../report/verdict.ts";
import { html, type Markup } from "./markup.ts";
import { sign } from "./sign.ts";

/** The word for the state, which stays the same as long as that does. */
export function verdictWords({ state }: Verdict): string {
  return capital(state);
}

/** Only the word is spoken when it changes, as the sentences change with every number in them. */
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
