/** What somebody may have meant whose setting is not known where it stands. */

import { isSetting, type Option } from "../option.ts";
import { findOption, OPTIONS } from "../options.ts";
import { suggestion } from "../suggestion.ts";
import type { TomlEntry } from "./toml_text.ts";

export interface Advice {
  /** What to do instead. */
  readonly allowed: string;
  /** All names that there are, where none is near. */
  readonly names?: readonly string[];
}

/** The names of settings and tables at the top of the file. */
export function settingNames(): readonly string[] {
  return [...new Set(OPTIONS.filter(isSetting).map(({ name, table }) => table ?? name))];
}

/** The names of settings in a table, such as those of the limits. */
export function namesIn(table: string): readonly string[] {
  return OPTIONS.flatMap((option) => {
    if (option.name === table && option.parts) return option.parts.map(({ name }) => name);
    return option.table === table ? [option.setting ?? option.name] : [];
  });
}

/** About a name at the top of the file; `below` are those in the table, if it is one. */
export function adviseAtTop(name: string, below: readonly string[]): Advice {
  const option = findOption(name);
  if (option?.table) return meant(`${option.setting} in the table [${option.table}]`);
  if (option && isSetting(option)) return meant(option.name);
  if (option) return { allowed: "not a setting of this file, but an option of the command line" };
  const near = suggestion(name, settingNames());
  if (near !== undefined) return meant(near);
  const place = tableWith(name);
  if (place) return meant(`${place.name} in the table [${place.table}]`);
  if (below.some((each) => topSetting(each) !== undefined)) {
    return { allowed: "unknown; its settings stand above all tables, under no name" };
  }
  return { allowed: "unknown", names: settingNames() };
}

/** About the second name of an entry, which is not one of the table that the first names. */
export function adviseInTable(entry: TomlEntry): Advice {
  const [table, name] = entry.path;
  const names = namesIn(table);
  const top = topSetting(name);
  if (top === name) return { allowed: `${misplaced(entry)}${move(entry, name)}` };
  const near = suggestion(name, names);
  if (near !== undefined) return meant(near);
  const other = tableWith(name);
  if (other) {
    return {
      allowed: `${misplaced(entry)}; did you mean ${other.name} in the table [${other.table}]?`,
    };
  }
  if (top !== undefined) {
    return { allowed: `${misplaced(entry)}; did you mean ${top}, above all tables?` };
  }
  return { allowed: "unknown", names };
}

/** The setting outside of all tables that `name` stands for, well spelt or not. */
export function topSetting(name: string): string | undefined {
  const option = findOption(name);
  if (option && isSetting(option) && option.table === undefined) return option.name;
  return suggestion(name, settingNames());
}

/** Where a setting is that stands in a table. */
function tableWith(name: string): { table: string; name: string } | undefined {
  for (const table of settingNames().filter((each) => namesIn(each).length > 0)) {
    const near = suggestion(name, namesIn(table));
    if (near !== undefined) return { table, name: near };
  }
  return undefined;
}

function misplaced({ path: [table, name], header }: TomlEntry): string {
  if (header === undefined) return `${name} is not one of the settings of ${table}`;
  return `${name} stands under ${header.text} (line ${header.line})`;
}

function move({ header }: TomlEntry, name: string): string {
  if (header && header.first < header.line) return `; move it above line ${header.first}`;
  if (header) return "; move it above that line";
  return `; write it as ${name} = ..., above all tables`;
}

function meant(text: string): Advice {
  return { allowed: `unknown; did you mean ${text}?` };
}

/** What to write for an option instead of a table of its name. */
export function insteadOfTable({ isRepeatable, name }: Option): string {
  const value = isRepeatable ? '["one", "another"]' : "...";
  return `expected a single setting, ${name} = ${value}, above all tables`;
}
