/** A configuration file for people to change: every setting with its help and default, as a comment. */

import type { LimitSetting } from "../limits.ts";
import { isSetting, type Option, settingName, tablesOf } from "../option.ts";
import { OPTIONS } from "../options.ts";

const HEAD =
  `# Configuration of dnsfwd (TOML, https://toml.io). "dnsfwd check" tells what is wrong with it.
#
# One setting must be given: upstream.
#
# Settings have the names of the options in "dnsfwd --help"; options of the command line win. Take
# the # away from the front of a setting to make it count; as it stands here it is the default, or
# an example. What may be repeated on the command line is a list: name = ["one", "another"].
# Relative paths begin at the directory of this file. Editors can check it by the schema that
# "dnsfwd config --print-schema" prints.
#
# limit.tcp-idle = 30 is the same as tcp-idle = 30 below a line [limit]; but all that follows such a
# line belongs to its table, so put it at the end.
`;

/**
 * The whole file. It changes nothing: all settings are comments. No table is opened, so that each line counts
 * by itself and more can be added at the end.
 */
export function defaultFile(): string {
  const settings = OPTIONS.filter(isSetting);
  const single = settings.filter(({ parts, table }) => !parts && table === undefined);
  const tables = settings.filter((option) => option.parts);
  return [
    HEAD,
    ...single.map(settingText),
    ...tablesOf(settings).map((table) => namedTable(table, settings)),
    ...tables.map(tableText),
  ].join("\n");
}

function namedTable(table: string, settings: readonly Option[]): string {
  const own = settings.filter((option) => option.table === table);
  return own.map(settingText).join("\n");
}

function settingText(option: Option): string {
  return [...option.help.map((line) => `# ${line}`), settingLine(option), ""].join("\n");
}

function settingLine(option: Option): string {
  const { defaults, examples = [] } = option;
  const text = `#${settingName(option)} = ${valueText(option)}`;
  return defaults || option.value === undefined || examples.length === 0
    ? text
    : `${text}  # an example`;
}

function valueText(option: Option): string {
  if (option.value === undefined) return "false";
  const { defaults = option.examples ?? [], range, isRepeatable } = option;
  // A string of JSON is one of TOML, too.
  if (isRepeatable) return `[${defaults.map((text) => JSON.stringify(text)).join(", ")}]`;
  const [text = ""] = defaults;
  return range && /^\d+$/.test(text) ? text : JSON.stringify(text);
}

function tableText({ name, parts = [] }: Option): string {
  const lines = parts.map((part) => partLine(name, part));
  return [`# Limits, each with its default, range and what it counts.`, ...lines, ""].join("\n");
}

function partLine(
  table: string,
  { name, default: standard, min, max, help }: LimitSetting,
): string {
  return `#${`${table}.${name} = ${standard}`.padEnd(40)} # ${min} to ${max}; ${help}`;
}
