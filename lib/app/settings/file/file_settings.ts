/** What a configuration file says, by the table of options. */

import { printable } from "../../printable.ts";
import { ConfigError } from "../config_error.ts";
import type { FileSettings, Given } from "../given.ts";
import { findOption, OPTIONS } from "../options.ts";
import { isSetting, type Option } from "../option.ts";
import { unknownName } from "../suggestion.ts";
import { readToml, type TomlEntry, type TomlValue } from "./toml_text.ts";

/** The settings in `text`, the contents of the file at `path`, which is absolute. */
export function parseFileSettings(path: string, text: string): FileSettings {
  const { entries, mistakes } = readToml(text);
  const reader = new Reader(path);
  for (const entry of entries) reader.take(entry);
  const syntax = mistakes.map(({ line, reason }) =>
    new ConfigError(`${path}:${line}`, undefined, reason)
  );
  return {
    path,
    given: reader.given,
    errors: [...syntax, ...reader.errors],
    isWhole: mistakes.length === 0,
    names: reader.names,
  };
}

class Reader {
  readonly given = new Map<string, Given[]>();
  readonly errors: ConfigError[] = [];
  /** Of all settings that are there, good or not. */
  readonly names = new Set<string>();
  readonly #path: string;
  readonly #directory: string;
  /** Names that are wrong are told once, not for each setting of a table. */
  readonly #told = new Set<string>();

  constructor(path: string) {
    this.#path = path;
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
      return this.#complain(entry, entry.path.slice(0, 1), undefined, unknownSetting(name));
    }
    if (option.parts) return this.#takePart(option, entry);
    this.#takeValue(option, entry, entry.path.slice(1));
  }

  /** Settings of a table such as [health], each with a name of its own there. */
  #takeFromTable(entry: TomlEntry): void {
    const { path: [table, name, ...more], value } = entry;
    const options = OPTIONS.filter((each) => each.table === table);
    const names = options.map(({ setting = "" }) => setting);
    if (name === undefined) {
      if (value.kind === "table") return;
      this.#told.add(table);
      const allowed = `expected a table: [${table}], with ${names.join(", ")}`;
      return this.#complain(entry, entry.path, value.text, allowed);
    }
    const option = options.find(({ setting }) => setting === name);
    if (option === undefined) {
      const allowed = unknownName(name, names, `allowed are ${names.join(", ")}`);
      return this.#complain(entry, entry.path.slice(0, 2), undefined, allowed);
    }
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
    if (part === undefined || more.length > 0) {
      const names = option.parts?.map((each) => each.name) ?? [];
      const allowed = unknownName(name, names, `allowed are ${names.join(", ")}`);
      return this.#complain(entry, entry.path, undefined, allowed);
    }
    if (value.kind === "text") {
      return this.#complain(entry, entry.path, value.text, "expected a number, without quotes");
    }
    this.#add(option, `${name}=${value.text}`, entry, value.text);
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
    this.errors.push(new ConfigError(this.#place(entry, path), shown, allowed));
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

function unknownSetting(name: string): string {
  const option = findOption(name);
  if (option?.table) {
    return `unknown; did you mean ${option.setting} in the table [${option.table}]?`;
  }
  if (option && isSetting(option)) return `unknown; did you mean ${option.name}?`;
  if (option) return "not a setting of this file, but an option of the command line";
  const known = OPTIONS.filter(isSetting).map(({ name, table }) => table ?? name);

  const part = OPTIONS.find((each) => each.parts?.some((one) => one.name === name));
  if (part) return `unknown; did you mean ${name} in the table [${part.name}]?`;
  return unknownName(name, known, `allowed are ${[...new Set(known)].join(", ")}`);
}
