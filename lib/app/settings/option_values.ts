/** The options that the user typed, by the table of options: which were given, with which values. */

import { parseArgs } from "@std/cli/parse-args";
import { ConfigError } from "./config_error.ts";
import { type CommandName, type Option, OPTIONS } from "./options.ts";

export type Values = ReturnType<typeof parseArgs>;

/** Options by name; what is none is in `_`. Throws `ConfigError` for an unknown one. */
export function parseValues(args: readonly string[]): Values {
  checkSwitches(args);
  const withValue = OPTIONS.filter((option) => option.value !== undefined);
  return parseArgs(args, {
    string: [...withValue.flatMap((option) => [option.name, ...option.aliases]), "_"],
    boolean: OPTIONS.filter((option) => option.value === undefined).map((option) => option.name),
    collect: withValue.flatMap((option) => [option.name, ...option.aliases]),
    alias: Object.fromEntries(
      OPTIONS.filter((option) => option.name !== "upstream")
        .map((option) => [option.name, option.aliases]),
    ),
    unknown: (argument) => {
      if (!argument.startsWith("-") || argument === "-") return true;
      throw new ConfigError("Option", argument, "unknown; see dnsfwd --help");
    },
  });
}

/** The parser takes any value of a switch for true. */
function checkSwitches(args: readonly string[]): void {
  for (const argument of args) {
    const [name, value] = argument.split("=", 2);
    const option = OPTIONS.find((each) => `--${each.name}` === name);
    if (value === undefined || option === undefined || option.value !== undefined) continue;
    throw new ConfigError(name, value, "takes no value");
  }
}

/** Every option given must belong to the command. */
export function checkCommand(command: CommandName, values: Values): void {
  for (const option of OPTIONS) {
    const given = givenName(option, values);
    if (given === undefined || option.commands.includes(command)) continue;
    throw new ConfigError("Option", `--${given}`, `not for the command ${command}`);
  }
}

/** The name under which the option was given, if it was. */
function givenName(option: Option, values: Values): string | undefined {
  return [option.name, ...option.aliases].find((name) => {
    const value = values[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
}

/** All values of an option; an option that needs a value has one. */
export function texts(values: Values, name: string): string[] {
  const given = values[name];
  const list = Array.isArray(given)
    ? given.map(String)
    : given === undefined
    ? []
    : [String(given)];
  const form = name === "connect-tcp"
    ? "ADDRESS:PORT"
    : OPTIONS.find((option) => option.name === name || option.aliases.includes(name))
      ?.value;
  if (list.includes("")) throw new ConfigError(`--${name}`, undefined, `needs a value: ${form}`);
  return list;
}

/** The value of an option that counts if it is given more than once. */
export function last(values: Values, name: string): string | undefined {
  return texts(values, name).at(-1);
}
