/**
 * Markup that is safe by the way it is made: `html` escapes whatever is put into it, unless that is markup
 * itself. It is for text between elements and for attributes in double quotes, nowhere else.
 */

import { printable } from "../../printable.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** What `html` takes; nothing is written of `undefined`. */
type Part = string | number | Markup | readonly Markup[] | undefined;

export class Markup {
  readonly text: string;

  /** `text` is markup already. */
  constructor(text: string) {
    this.text = text;
  }
}

/** The texts of templates without their indentation: a template is written once and used often. */
const compacted = new WeakMap<TemplateStringsArray, readonly string[]>();

/**
 * A template whose values are escaped, with their control characters made visible. The ends of its lines are
 * for whoever reads the source: beside an element or a value nothing is left of them, elsewhere a space.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const texts = compacted.get(strings) ?? compact(strings);
  return new Markup(String.raw({ raw: texts }, ...parts.map(markupOf)));
}

function compact(strings: TemplateStringsArray): readonly string[] {
  const last = strings.length - 1;
  const texts = strings.map((text, at) => {
    const start = at === 0 ? text.trimStart() : text;
    const whole = at === last ? start.trimEnd() : start;
    return whole.replace(/(^|>)\s*\n\s*|\s*\n\s*(?=<|$)/g, "$1").replace(/\s*\n\s*/g, " ");
  });
  compacted.set(strings, texts);
  return texts;
}

function markupOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(({ text }) => text).join("");
  return printable(String(part)).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
