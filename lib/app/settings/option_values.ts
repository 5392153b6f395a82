/** The options that the user typed, by the table of options: which were given, with which values. */

import { parseArgs } from "@std/cli/parse-args";
import { ConfigError } from "./config_error.ts";
import type { Given, GivenByName } from "./given.ts";
import { type CommandName, COMMANDS } from "./commands.ts";
import { findOption, OPTIONS } from "./options.ts";
import { type Option, takesOption } from "./option.ts";
import type { Problems } from "./problems.ts";
import { unknownOption } from "./unknown_word.ts";

/** The option of the program of 2015 that took ADDRESS:PORT. */
const CONNECT_TCP = "connect-tcp";

type Arguments = ReturnType<typeof parseArgs>;

export interface Typed {
  /** What is no option: the command, and what it is given. */
  readonly words: readonly string[];
  /** By the name of the option; a switch that is not given is none. */
  readonly given: GivenByName;
  /** The names of the options that were given, as typed but for short ones. */
  readonly names: readonly string[];
}

/** What stands on the command line; relative paths begin at `directory`. */
export function parseTyped(
  args: readonly string[],
  directory: string,
  problems: Problems,
): Typed {
  checkSwitches(args, problems);
  const parsed = parse(args, problems);
  const given = new Map(
    OPTIONS.map((option) => [option.name, givenOf(option, parsed, directory, problems)]),
  );
  const names = OPTIONS.flatMap((option) => givenName(option, parsed) ?? []);
  return { words: parsed._.map(String), given, names };
}

function parse(args: readonly string[], problems: Problems): Arguments {
  const withValue = OPTIONS.filter((option) => option.value !== undefined);
  return parseArgs([...args], {
    string: [...withValue.flatMap((option) => [option.name, ...option.aliases]), "_"],
    boolean: OPTIONS.filter((option) => option.value === undefined).map((option) => option.name),
    collect: withValue.flatMap((option) => [option.name, ...option.aliases]),
    alias: Object.fromEntries(
      OPTIONS.filter((option) => option.name !== "upstream")
        .map((option) => [option.name, [...option.aliases]]),
    ),
    unknown: (argument) => {
      if (!argument.startsWith("-") || argument === "-") return true;
      problems.add(unknownOption(argument));
      return false;
    },
  });
}

/** The parser takes any value of a switch for true. */
function checkSwitches(args: readonly string[], problems: Problems): void {
  for (const argument of args) {
    const [name, value] = argument.split("=", 2);
    const option = OPTIONS.find((each) => `--${each.name}` === name);
    if (value === undefined || option === undefined || option.value !== undefined) continue;
    problems.add(new ConfigError(name, value, "takes no value"));
  }
}

/** Every option given must belong to the command. */
export function checkOptions(command: CommandName, { names }: Typed, problems: Problems): void {
  for (const name of names) {
    const option = findOption(name);
    if (option === undefined || takesOption(command, option)) continue;
    const allowed = `not for the command ${command}${ownersOf(option)}`;
    problems.add(new ConfigError("Option", `--${name}`, allowed));
  }
}

/** The commands that take the option, which help to see what was meant. */
function ownersOf(option: Option): string {
  if (option.isInternal) return "";
  const owners = COMMANDS.filter((each) => takesOption(each, option));
  const last = owners.pop();
  return `; it belongs to ${owners.length > 0 ? `${owners.join(", ")} and ` : ""}${last}`;
}

/** The name under which the option was given, if it was. */
function givenName(option: Option, parsed: Arguments): string | undefined {
  return [option.name, ...option.aliases].find((name) => {
    const value = parsed[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
}

function givenOf(
  option: Option,
  parsed: Arguments,
  directory: string,
  problems: Problems,
): readonly Given[] {
  const setting = `--${option.name}`;
  if (option.value === undefined) {
    return parsed[option.name] === true ? [{ text: "true", setting, directory }] : [];
  }
  const texts = textsOf(parsed, option.name, option.value, problems, option.mayBeEmpty);
  const given = texts.map((text) => ({ text, setting, directory }));
  if (option.name !== "upstream") return given;
  const addresses = textsOf(parsed, CONNECT_TCP, "ADDRESS:PORT", problems);
  const more = addresses.map((address) => `tcp://${address.replace(/^tcp:\/\//i, "")}`);
  return [...given, ...more.map((text) => ({ text, setting: `--${CONNECT_TCP}`, directory }))];
}

/** All values under a name; an option that needs a value has one, which may be empty if `mayBeEmpty`. */
function textsOf(
  parsed: Arguments,
  name: string,
  form: string,
  problems: Problems,
  mayBeEmpty = false,
): string[] {
  const value = parsed[name];
  const texts = (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  if (mayBeEmpty) return texts;
  if (texts.includes("")) {
    problems.add(new ConfigError(`--${name}`, undefined, `needs a value: ${form}`));
  }
  return texts.filter((text) => text !== "");
}
