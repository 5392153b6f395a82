/**
 * Manual pages in the macros of man(7): lines of roff, with everything escaped that roff would take for a
 * request or another character. Texts are plain; what looks like an option in them becomes bold.
 */

/** The first line of a page, with what stands in its header and footer. */
export interface Title {
  readonly name: string;
  readonly section: number;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly version: string;
  /** What the section is called, in the middle of the header. */
  readonly manual: string;
}

/** Characters that roff reads, or prints, as something else. */
const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "~": "\\(ti",
  "^": "\\(ha",
  "`": "\\(ga",
  "'": "\\(aq",
  '"': "\\(dq",
  "\n": " ",
};
/** An option, if it is not part of a word. */
const OPTION = /((?<![\w-])--[a-z][a-z-]*[a-z])/;

/** The text as roff prints it unchanged, on a line of its own. */
export function escaped(text: string): string {
  // Where a line begins, a dot makes a request.
  return text.startsWith(".") ? `\\&${inline(text)}` : inline(text);
}

/** The same within a line. */
function inline(text: string): string {
  return text.replaceAll(/[\n\\~^`'"-]/g, (character) => SPECIAL[character]);
}

export function bold(text: string): string {
  return `\\fB${inline(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${inline(text)}\\fR`;
}

/** Text with its options in bold. */
export function prose(text: string): string {
  const parts = text.split(OPTION).map((part, at) => at % 2 === 1 ? bold(part) : inline(part));
  const line = parts.join("");
  return line.startsWith(".") ? `\\&${line}` : line;
}

export function title({ name, section, date, version, manual }: Title): string[] {
  const words = [name.toUpperCase(), `${section}`, date, `dnsfwd ${version}`, manual];
  // No hyphens, nor wide gaps, in names of options and paths.
  return [`.TH ${words.map((word) => `"${escaped(word)}"`).join(" ")}`, ".nh", ".ad l"];
}

export function section(name: string): string[] {
  return [`.SH "${escaped(name)}"`];
}

export function subsection(name: string): string[] {
  return [`.SS "${escaped(name)}"`];
}

/** A paragraph of plain text. */
export function paragraph(text: string): string[] {
  return [".PP", prose(text)];
}

/** A label, as roff, and the text about it, as lines of roff. */
export function item(label: string, ...lines: readonly string[]): string[] {
  return [".TP", label, ...lines];
}

/** Lines that stay as they are, indented. */
export function example(lines: readonly string[]): string[] {
  return [".PP", ".RS 4", ".EX", ...lines.map(escaped), ".EE", ".RE"];
}

/** Lines of roff that belong to what is above them. */
export function indented(lines: readonly string[]): string[] {
  return [".RS", ...lines, ".RE"];
}

/** Paragraphs that an empty line parts; those whose lines begin with blanks are examples. */
export function paragraphs(text: string): string[] {
  return text.split("\n\n").flatMap((each) => {
    const lines = each.split("\n");
    const from = lines.findIndex((line) => line.startsWith(" "));
    if (from === -1) return paragraph(each);
    const before = lines.slice(0, from).join(" ");
    return [
      ...(before === "" ? [] : paragraph(before)),
      ...example(lines.slice(from).map((line) => line.trim())),
    ];
  });
}

/** Other pages: `["dig(1)"]`. */
export function seeAlso(pages: readonly string[]): string[] {
  const names = pages.map((page) =>
    page.replace(/^(.*)(\(\d\))$/, (_, name, number) => `${bold(name)}${number}`)
  );
  return [...section("SEE ALSO"), names.join(", ")];
}
