/** What a configuration file says, by the table of options. */

import { printable } from "../../printable.ts";
import { ConfigError } from "../config_error.ts";
import type { FileSettings, Given } from "../given.ts";
import { OPTIONS } from "../options.ts";
import { isSetting, type Option } from "../option.ts";
import { Complaints } from "./complaints.ts";
import { readToml, type TomlEntry, type TomlValue } from "./toml_text.ts";
import {
  type Advice,
  adviseAtTop,
  adviseInTable,
  insteadOfTable,
  namesIn,
  topSetting,
} from "./unknown_setting.ts";

/** The settings in `text`, the contents of the file at `path`, which is absolute. */
export function parseFileSettings(path: string, text: string): FileSettings {
  const { entries, mistakes } = readToml(text);
  const complaints = new Complaints(path);
  for (const { line, reason } of mistakes) complaints.addSyntax(line, reason);
  const reader = new Reader(path, entries, complaints);
  for (const entry of entries) reader.take(entry);
  return {
    path,
    given: reader.given,
    errors: complaints.finish(text),
    isWhole: mistakes.length === 0,
    names: reader.names,
  };
}

class Reader {
  readonly given = new Map<string, Given[]>();
  /** Of all settings that are there, good or not. */
  readonly names = new Set<string>();
  readonly #path: string;
  readonly #directory: string;
  readonly #entries: readonly TomlEntry[];
  readonly #complaints: Complaints;
  /** Names that are wrong are told once, not for each setting of a table. */
  readonly #told = new Set<string>();

  constructor(path: string, entries: readonly TomlEntry[], complaints: Complaints) {
    this.#path = path;
    this.#entries = entries;
    this.#complaints = complaints;
    this.#directory = path.slice(0, path.lastIndexOf("/")) || "/";
  }

  take(entry: TomlEntry): void {
    const [name] = entry.path;
    if (this.#told.has(name)) return void this.names.add(name);
    if (isTable(name)) return this.#takeFromTable(entry);
    this.names.add(name);
    const option = OPTIONS.find((each) => each.name === name);
    if (option === undefined || !isSetting(option) || option.table !== undefined) {
      this.#told.add(name);
      return this.#adviseAtTop(entry);
    }
    if (option.parts) return this.#takePart(option, entry);
    this.#takeValue(option, entry, entry.path.slice(1));
  }

  /** Settings of a table such as [health], each with a name of its own there. */
  #takeFromTable(entry: TomlEntry): void {
    const { path: [table, name, ...more], value } = entry;
    const options = OPTIONS.filter((each) => each.table === table);
    if (name === undefined) {
      if (value.kind === "table") return;
      this.#told.add(table);
      const allowed = `expected a table: [${table}], with ${namesIn(table).join(", ")}`;
      return this.#complain(entry, entry.path, value.text, allowed);
    }
    const option = options.find(({ setting }) => setting === name);
    if (option === undefined) return this.#adviseInTable(entry);
    this.names.add(option.name);
    this.#takeValue(option, entry, more);
  }

  /** `below` are the names that follow that of the setting, of which there must be none. */
  #takeValue(option: Option, entry: TomlEntry, below: readonly string[]): void {
    const wrong = wrongKind(option, entry, below);
    if (wrong !== undefined) {
      if (option.table === undefined) this.#told.add(option.name);
      return this.#complainOfKind(entry, wrong);
    }
    const { value } = entry;
    if (value.kind === "list") {
      for (const item of value.items) this.#takeListed(option, item);
      if (value.items.length === 0 && option.defaults) {
        this.#complain(entry, entry.path, "[]", "needs a value; leave it out for the default");
      }
    } else this.#takeItem(option, entry);
  }

  /** Settings of a table, such as the limits. */
  #takePart(option: Option, entry: TomlEntry): void {
    const { path: [, name, ...more], value } = entry;
    if (name === undefined) {
      if (value.kind === "table") return;
      this.#told.add(option.name);
      const allowed = `expected a table of numbers: [${option.name}], and a line for each`;
      return this.#complain(entry, entry.path, value.text, allowed);
    }
    const part = option.parts?.find((each) => each.name === name);
    if (part === undefined) return this.#adviseInTable(entry);
    if (more.length > 0 || value.kind === "table") {
      const allowed = "expected a number, not a table";
      return this.#complain(entry, entry.path.slice(0, 2), undefined, allowed);
    }
    if (value.kind === "text") {
      return this.#complain(entry, entry.path, value.text, "expected a number, without quotes");
    }
    this.#add(option, `${name}=${value.text}`, entry, value.text);
  }

  #adviseAtTop(entry: TomlEntry): void {
    const [name] = entry.path;
    const within = this.#entries.filter(({ path }) => path[0] === name && path.length > 1);
    const below = within.map(({ path }) => path[1]);
    this.#keepNames(below);
    this.#advise(entry, entry.path.slice(0, 1), adviseAtTop(name, below));
  }

  /** Told once, whatever stands below. */
  #adviseInTable(entry: TomlEntry): void {
    const path = entry.path.slice(0, 2);
    const key = path.join(".");
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#keepNames(path.slice(1));
    this.#advise(entry, path, adviseInTable(entry));
  }

  /** What stands in the wrong place is not missing. */
  #keepNames(names: readonly string[]): void {
    for (const name of names) {
      const top = topSetting(name);
      if (top !== undefined) this.names.add(top);
    }
  }

  #advise(entry: TomlEntry, path: readonly string[], { allowed, names }: Advice): void {
    const error = new ConfigError(this.#place(entry, path), undefined, allowed);
    this.#complaints.add(entry.line, error, names);
  }

  #takeListed(option: Option, item: TomlEntry): void {
    if (isOne(option, item.value)) this.#takeItem(option, item);
    else this.#complainOfKind(item, "expected a text in quotes");
  }

  #takeItem(option: Option, entry: TomlEntry): void {
    if (entry.value.text === "" && !option.mayBeEmpty) {
      const allowed = `needs a value: ${option.value}`;
      return this.#complain(entry, entry.path, "", allowed);
    }
    if (printable(entry.value.text) !== entry.value.text) {
      return this.#complain(
        entry,
        entry.path,
        undefined,
        "expected a text without control characters",
      );
    }
    this.#add(option, entry.value.text, entry);
  }

  #add({ name }: Option, text: string, entry: TomlEntry, shown?: string): void {
    const setting = this.#place(entry, entry.path);
    const given = { text, setting, shown, directory: this.#directory };
    this.given.set(name, [...this.given.get(name) ?? [], given]);
  }

  /** What is no text has no quotes either. */
  #complainOfKind(entry: TomlEntry, allowed: string): void {
    const { kind, text } = entry.value;
    if (kind === "text") return this.#complain(entry, entry.path, text, allowed);
    this.#complain(entry, entry.path, undefined, `${allowed}, not ${printable(text)}`);
  }

  #complain(
    entry: TomlEntry,
    path: readonly string[],
    value: string | undefined,
    allowed: string,
  ): void {
    const shown = value === undefined ? undefined : printable(value);
    this.#complaints.add(entry.line, new ConfigError(this.#place(entry, path), shown, allowed));
  }

  #place({ line }: TomlEntry, path: readonly string[]): string {
    return `${this.#path}:${line}: ${printable(path.join("."))}`;
  }
}

/** What is expected instead, if the value is not of the kind that the option takes. */
function wrongKind(
  option: Option,
  { value }: TomlEntry,
  below: readonly string[],
): string | undefined {
  if (value.text.startsWith("[") && value.kind !== "list") return insteadOfTable(option);
  if (below.length > 0 || value.kind === "table") return "expected a single setting";
  if (option.value === undefined) {
    return value.kind === "switch" ? undefined : "expected true or false, without quotes";
  }
  if (option.isRepeatable) {
    const isGood = value.kind === "list" || isOne(option, value);
    return isGood ? undefined : "expected a text in quotes, or a list of them in [ ]";
  }
  if (option.range && value.kind === "integer") return undefined;
  if (isOne(option, value)) return undefined;
  const choices = option.choices?.map((each) => `"${each}"`).join(", ");
  const number = option.range ? `a number from ${option.range.join(" to ")}` : "";
  const allowed = [number, choices ? `one of ${choices}` : ""].filter((each) => each !== "");
  return `expected ${allowed.length > 0 ? allowed.join(", or ") : "a text in quotes"}`;
}

/** Whether the value can be one of the option, by its kind. */
function isOne({ mayBeNumber }: Option, { kind }: TomlValue): boolean {
  return kind === "text" || (mayBeNumber === true && kind === "integer");
}

/** Whether settings stand in a table of that name. */
function isTable(name: string): boolean {
  return OPTIONS.some(({ table }) => table === name);
}
