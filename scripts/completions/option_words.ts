/** What the completions of all shells go by: which options a command takes, and what their values are. */

import { type CommandName, COMMANDS } from "../../lib/app/settings/commands.ts";
import { type Option, takesOption } from "../../lib/app/settings/option.ts";
import { OPTIONS } from "../../lib/app/settings/options.ts";

/** Characters: beside it a shell shows the option. */
const LONG = 60;

/** What a shell can complete of a value; `text`: nothing. */
export type ValueKind = "choices" | "parts" | "file" | "directory" | "user" | "group" | "text";

/** The options that people may give to any command. */
export const SHOWN: readonly Option[] = OPTIONS.filter(({ isInternal }) => !isInternal);

/** Those that a value follows. */
export const WITH_VALUE: readonly Option[] = SHOWN.filter(({ value }) => value !== undefined);

export function optionsOf(command: CommandName): Option[] {
  return SHOWN.filter((option) => takesOption(command, option));
}

export function commandsOf(option: Option): CommandName[] {
  return COMMANDS.filter((command) => takesOption(command, option));
}

/** Of an option with a value. */
export function valueKind({ choices, parts, isPath, value = "" }: Option): ValueKind {
  if (choices) return "choices";
  if (parts) return "parts";
  if (isPath) return value.startsWith("DIR") ? "directory" : "file";
  if (value === "NAME|UID") return "user";
  return value === "NAME|GID" ? "group" : "text";
}

/** The values, where they are few. */
export function choicesOf({ choices = [], parts = [] }: Option): string[] {
  return [...choices, ...parts.map(({ name }) => `${name}=`)];
}

/** With dashes, as typed: all spellings. */
export function spellings({ name, aliases }: Option): string[] {
  return [name, ...aliases].map((each) => each.length === 1 ? `-${each}` : `--${each}`);
}

/** Few words of the help: up to what goes into detail. */
export function description({ help }: Option): string {
  const [text] = help.join(" ").split(/[;:.]\s| \(/);
  return text.length > LONG ? text.split(", ")[0] : text;
}
