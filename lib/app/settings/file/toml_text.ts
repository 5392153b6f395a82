/**
 * The settings in a TOML text, each with its line. Loaded only where there is a file: the parser takes some
 * 10 ms, and keeps 0.7 MB.
 *
 * The parser ends at its first mistake. The statement that has it is then blanked and the rest read again,
 * so that all mistakes are found; lines keep their numbers.
 */

import { type AST, ParseError, parseTOML } from "toml-eslint-parser";

export interface TomlValue {
  /** `other` is what no setting can be: a date, a number with a fraction, a list of lists. */
  readonly kind: "text" | "integer" | "switch" | "list" | "table" | "other";
  /** A text without its quotes; all else as it is written. */
  readonly text: string;
  /** Of a list. */
  readonly items: readonly TomlEntry[];
}

export interface TomlEntry {
  /** The names of tables and the key. */
  readonly path: readonly string[];
  /** From 1. */
  readonly line: number;
  readonly value: TomlValue;
  /** The line `[table]` that it stands under, as it is written; and the first such line of the file. */
  readonly header?: { readonly text: string; readonly line: number; readonly first: number };
}

export interface TomlMistake {
  readonly line: number;
  readonly reason: string;
}

export interface TomlSettings {
  /** A table comes before its contents, which are entries as well. */
  readonly entries: readonly TomlEntry[];
  /** What is no TOML; the statements that have it are not among the entries. */
  readonly mistakes: readonly TomlMistake[];
}

const MAX_MISTAKES = 20;
/** Where a statement can begin: with a key, a table, a comment or nothing. */
const STATEMENT = /^\s*(?:(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w"'-]+)*\s*=|\[|#|$)/;
const TABLE = /^\s*\[/;
const REPEATED = "Defining a key multiple times";
/** Reasons that the parser gives for what is missing at the end of a line, once it has seen the next. */
const MISSING = /Unspecified|Expected equal|Unterminated|must be on the same line/;

/** Reads all that can be read. */
export function readToml(text: string): TomlSettings {
  const mistakes: TomlMistake[] = [];
  let lines = text.split(/\r?\n/);
  for (;;) {
    const result = parse(lines);
    if (!(result instanceof ParseError)) return { entries: flatten(result, lines), mistakes };
    const { mistake, first, end } = locate(result, lines);
    mistakes.push(mistake);
    if (mistakes.length === MAX_MISTAKES || lines.slice(first, end).every(isEmpty)) {
      return { entries: [], mistakes };
    }
    lines = blanked(lines, { first, end });
  }
}

function parse(lines: readonly string[]): AST.TOMLProgram | ParseError {
  try {
    return parseTOML(lines.join("\n"), { tomlVersion: "1.0" });
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
}

/** The mistake, and the lines to blank, from `first` to before `end`, from 0. */
function locate(
  error: ParseError,
  lines: readonly string[],
): { mistake: TomlMistake; first: number; end: number } {
  const line = lineOf(error, lines);
  const statement = statementAt(line, lines);
  const isRepeated = error.message.startsWith(REPEATED);
  const before = lines.slice(0, statement.first).findLastIndex((each) => !isEmpty(each));
  if (!isRepeated && before >= 0) {
    // One that lacks its end is noticed in the next one only.
    const open = statementAt(before, lines);
    const rest = blanked(lines, open);
    const next = parse(rest);
    if (!(next instanceof ParseError) || lineOf(next, rest) > line) {
      const reason = "not TOML: incomplete: a value, a ] or a quote is missing";
      return { mistake: { line: open.first + 1, reason }, ...open };
    }
  }
  const [key] = lines[line].split("=");
  const reason = isRepeated
    ? repetition(key.trim(), lines.slice(0, line))
    : commonMistake(lines[line]) ?? reasonOf(error.message);
  const place = error.message === "Unterminated array" ? statement.first : line;
  return { mistake: { line: place + 1, reason }, ...statement };
}

/** A table may be opened once, and not where its settings stand above as `table.name = ...`. */
function repetition(key: string, before: readonly string[]): string {
  const [, table] = /^\[([\w-]+)\]$/.exec(key) ?? [];
  const isDotted = table !== undefined &&
    before.some((line) => line.trim().startsWith(`${table}.`));
  if (!isDotted) return `${key} is given more than once`;
  return `settings of ${table} stand above as ${table}.NAME = ...; write those below ${key} in that ` +
    "form, too";
}

/** From 0. */
function lineOf({ message, index, lineNumber }: ParseError, lines: readonly string[]): number {
  if (!MISSING.test(message)) return lineNumber - 1;
  const before = lines.join("\n").slice(0, index);
  return before.trimEnd().split("\n").length - 1;
}

/** The lines of the statement that `line` is in; of a table, whose header it is, all. */
function statementAt(line: number, lines: readonly string[]): { first: number; end: number } {
  let first = Math.min(line, lines.length - 1);
  while (first > 0 && !STATEMENT.test(lines[first])) first--;
  const next = TABLE.test(lines[first]) ? TABLE : STATEMENT;
  const length = lines.slice(first + 1).findIndex((each) => next.test(each));
  return { first, end: length < 0 ? lines.length : first + 1 + length };
}

function blanked(lines: readonly string[], { first, end }: { first: number; end: number }) {
  return lines.map((each, at) => at >= first && at < end ? "" : each);
}

function isEmpty(line: string): boolean {
  return line.trim() === "";
}

/** What people write who know other formats. */
function commonMistake(line: string): string | undefined {
  if (/^\s*[\w-]+\s*:/.test(line)) return "not TOML: = is expected behind a name, not :";
  if (/^\s*[\w-]+\s*=\s*(?!(?:true|false)\b)[A-Za-z\/]/.test(line)) {
    return "not TOML: texts stand in quotes, and switches are true or false";
  }
  return undefined;
}

/** In the words of the rest of the program. */
function reasonOf(message: string): string {
  const plain = message.replace(
    /^Unspecified values are invalid/,
    "a value is missing or is cut off",
  )
    .replace(/^Must be a newline/, "unexpected text behind a value (texts stand in quotes)")
    .replace(/^The key, equals sign.*/, "a value, = or ] is missing at the end of the line")
    .replace(/^Unterminated table-key/, "] is missing behind the name of a table")
    .replace(/^Unterminated string.*/, "the quote at the end of a text is missing")
    .replace(/^Unterminated array/, "the ] of a list is missing")
    .replace(/^Expected comma.*/, "a comma is missing between values")
    .replace(/^Empty bare keys.*/, "a name is missing")
    .replace(/^Expected equal \(=\) token/, "= is missing behind a name");
  return `not TOML: ${plain[0].toLowerCase()}${plain.slice(1)}`;
}

function flatten(program: AST.TOMLProgram, lines: readonly string[]): TomlEntry[] {
  const text = lines.join("\n");
  const { body } = program.body[0];
  const first = body.find(({ type }) => type === "TOMLTable")?.loc.start.line ?? 0;
  return body.flatMap((node) => {
    if (node.type === "TOMLKeyValue") return entriesOf(node, [], text);
    const path = node.resolvedKey.filter((key) => typeof key === "string");
    const kind = node.kind === "standard" ? "table" : "other";
    const written = text.slice(...node.key.range);
    const value = {
      kind,
      text: node.kind === "array" ? `[[${written}]]` : `[${written}]`,
      items: [],
    } as const;
    const { line } = node.loc.start;
    const header = { text: value.text, line, first };
    const below = node.body.flatMap((each) => entriesOf(each, path, text));
    return [{ path, line, value }, ...below.map((each) => ({ ...each, header }))];
  });
}

function entriesOf(node: AST.TOMLKeyValue, above: readonly string[], text: string): TomlEntry[] {
  const keys = node.key.keys.map((key) => key.type === "TOMLBare" ? key.name : key.value);
  const path = [...above, ...keys];
  const entry = { path, line: node.loc.start.line, value: valueOf(node.value, path, text) };
  if (node.value.type !== "TOMLInlineTable") return [entry];
  return [entry, ...node.value.body.flatMap((each) => entriesOf(each, path, text))];
}

function valueOf(node: AST.TOMLContentNode, path: readonly string[], text: string): TomlValue {
  const written = text.slice(...node.range);
  if (node.type === "TOMLInlineTable") return { kind: "table", text: written, items: [] };
  if (node.type === "TOMLArray") {
    const items = node.elements.map((each) => (
      { path, line: each.loc.start.line, value: valueOf(each, path, text) }
    ));
    return { kind: "list", text: written, items };
  }
  if (node.kind === "string") return { kind: "text", text: node.value, items: [] };
  if (node.kind === "integer") {
    const isExact = Number.isSafeInteger(node.value);
    return { kind: "integer", text: isExact ? String(node.value) : written, items: [] };
  }
  if (node.kind === "boolean") return { kind: "switch", text: String(node.value), items: [] };
  return { kind: "other", text: written, items: [] };
}
