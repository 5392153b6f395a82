/** Options as items of a manual page: the label, what it does, and the commands that take it. */

import { type CommandName, COMMANDS, isLikeRun } from "../../lib/app/settings/commands.ts";
import { type Option, takesOption } from "../../lib/app/settings/option.ts";
import { bold, indented, italic, item, prose } from "./roff.ts";
import { listed, sentence } from "./sentences.ts";

/** The item of an option in the list of all. */
export function optionItem(option: Option): string[] {
  const { parts, help } = option;
  const text = parts ? "Another limit than the default:" : sentence(help);
  const lines = [...item(label(option), prose(text))];
  if (parts) lines.push(...indented(partItems(parts)));
  const more = [aliasesText(option), commandsText(option)].filter((each) => each !== "");
  if (more.length > 0) lines.push(...indented([".PP", prose(more.join(" "))]));
  return lines;
}

/** The limits, each with its default, range and what it counts. */
export function partItems(parts: NonNullable<Option["parts"]>): string[] {
  return parts.flatMap(({ name, default: standard, min, max, help }) =>
    item(bold(name), prose(`${sentence([help])} Default ${standard}, allowed ${min} to ${max}.`))
  );
}

/** The option with its short name and the form of its value, as roff. */
export function label({ name, aliases, value }: Option): string {
  const short = aliases.filter((alias) => alias.length === 1).map((alias) =>
    `${bold(`-${alias}`)}, `
  );
  const form = value === undefined ? "" : ` ${italic(value)}`;
  return `${short.join("")}${bold(`--${name}`)}${form}`;
}

function aliasesText({ aliases }: Option): string {
  const long = aliases.filter((alias) => alias.length > 1).map((alias) => `--${alias}`);
  return long.length === 0 ? "" : `Also spelled ${listed(long)}.`;
}

/** Empty for what is of `run` and those like it alone. */
function commandsText(option: Option): string {
  const takers = COMMANDS.filter((command) => takesOption(command, option));
  const isOf = (command: CommandName) => takers.includes(command);
  const others = takers.filter((command) => command !== "run" && !isLikeRun(command));
  if (others.length === 0) return isOf("run") ? "" : `For ${listed(takers)} only.`;
  if (takers.length >= COMMANDS.length - 1) return "For all commands.";
  return isOf("run") ? `Also for ${listed(others)}.` : `For ${listed(takers)} only.`;
}
