/**
 * The settings in a TOML text, each with its line. Loaded only where there is a file: the parser takes some
 * 9 ms and 4 MB.
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
/** Reasons that the parser gives for what is missing at the end of a line, once it has seen the next. */
const MISSING = /Unspecified|Expected equal|Unterminated/;

/** Reads all that can be read. */
export function readToml(text: string): TomlSettings {
  const lines = text.split(/\r?\n/);
  const mistakes: TomlMistake[] = [];
  for (;;) {
    const rest = lines.join("\n");
    try {
      return { entries: flatten(parseTOML(rest, { tomlVersion: "1.0" }), rest), mistakes };
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const mistake = mistakeOf(error, rest);
      mistakes.push(mistake);
      if (mistakes.length >= MAX_MISTAKES || !blank(lines, mistake.line)) {
        return { entries: [], mistakes };
      }
    }
  }
}

function mistakeOf(error: ParseError, text: string): TomlMistake {
  const isMissing = MISSING.test(error.message);
  const before = text.slice(0, error.index);
  const line = isMissing ? before.trimEnd().split("\n").length : error.lineNumber;
  return { line, reason: reasonOf(error.message) };
}

/** In the words of the rest of the program. */
function reasonOf(message: string): string {
  if (message.startsWith("Defining a key multiple times")) return "given more than once";
  const plain = message.replace(
    /^Unspecified values are invalid/,
    "a value is missing or is cut off",
  )
    .replace(/^Must be a newline/, "unexpected text behind a value (texts stand in quotes)")
    .replace(/^Expected equal \(=\) token/, "= is missing behind a name");
  return `not TOML: ${plain[0].toLowerCase()}${plain.slice(1)}`;
}

/** Blanks the statement of a line, and all of a table whose header it is; false if there is nothing left to. */
function blank(lines: string[], line: number): boolean {
  let first = line - 1;
  while (first > 0 && !STATEMENT.test(lines[first])) first--;
  const isTable = /^\s*\[/.test(lines[first]);
  const isNext = (text: string) => isTable ? /^\s*\[/.test(text) : STATEMENT.test(text);
  let end = first + 1;
  while (end < lines.length && (end < line || !isNext(lines[end]))) end++;
  const hadText = lines.slice(first, end).some((each) => each.trim() !== "");
  lines.fill("", first, end);
  return hadText;
}

function flatten(program: AST.TOMLProgram, text: string): TomlEntry[] {
  return program.body[0].body.flatMap((node) => {
    if (node.type === "TOMLKeyValue") return entriesOf(node, [], text);
    const path = node.resolvedKey.map(String);
    const kind = node.kind === "standard" ? "table" : "other";
    const written = text.slice(...node.key.range);
    const value = {
      kind,
      text: node.kind === "array" ? `[[${written}]]` : `[${written}]`,
      items: [],
    } as const;
    const header = { path, line: node.loc.start.line, value };
    return [header, ...node.body.flatMap((each) => entriesOf(each, path, text))];
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
  if (node.kind === "integer") return { kind: "integer", text: String(node.value), items: [] };
  if (node.kind === "boolean") return { kind: "switch", text: String(node.value), items: [] };
  return { kind: "other", text: written, items: [] };
}
