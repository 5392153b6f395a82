/**
 * What a browser may do with the page (Content Security Policy Level 3): run its one script, use its one
 * style, show its icon, and ask the address that it came from. All else the server forbids.
 */

import { createHash } from "node:crypto";
import { SCRIPT, STYLE } from "./inline_files.ts";

/** Directives to be added to those that forbid everything; always the same. */
export function pagePolicy(): string {
  return [
    `style-src '${hashOf(STYLE)}'`,
    `script-src '${hashOf(SCRIPT)}'`,
    "connect-src 'self'",
    "img-src data:",
  ].join("; ");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
