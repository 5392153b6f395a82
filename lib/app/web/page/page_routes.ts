/** The page and its live part, at their paths, for a server. */

import { fragmentHtml, type PageContent, pageHtml } from "./page.ts";
import { pagePolicy } from "./page_policy.ts";

/** What a server sends. */
interface Sent {
  readonly type: string;
  readonly text: string;
  /** What the document may do besides nothing at all, as directives of a content security policy. */
  readonly policy?: string;
}

const TYPE = "text/html; charset=utf-8";

/** Each asks `content` what there is to show now. */
export function pageRoutes(content: () => PageContent): Readonly<Record<string, () => Sent>> {
  const policy = pagePolicy();
  return {
    "/": () => ({ type: TYPE, text: pageHtml(content()), policy }),
    "/fragment": () => ({ type: TYPE, text: fragmentHtml(content()) }),
  };
}
