/** The texts of `--help`, made from the table of options and the words about each command. */

import { type CommandName, COMMANDS, isLikeRun } from "./commands.ts";
import type { Option } from "./option.ts";
import { OPTIONS } from "./options.ts";
import { EXAMPLES, EXIT_CODES, SIGNALS, USAGE } from "./usage.ts";

/** The help of a command, or of the program. */
export function helpText(topic: CommandName | undefined): string {
  if (topic === "help") return usageText(topic);
  if (topic && topic !== "run") return `${usageText(topic)}\n\n${optionsText(topic)}`;
  const commands = topic === "run" ? "" : `${commandsText()}\n\n`;
  return `${usageText("run")}\n\n${commands}${optionsText("run")}\n\n${moreText()}`;
}

function usageText(command: CommandName): string {
  const { synopsis, about } = USAGE[command];
  return `Usage: ${synopsis}\n\n${about}`;
}

function commandsText(): string {
  return ["Commands:", ...COMMANDS.map((name) => `  ${name.padEnd(8)} ${USAGE[name].summary}`)]
    .join("\n");
}

function moreText(): string {
  const examples = EXAMPLES.map((line) => `  ${line}`).join("\n");
  return `Examples:\n${examples}\n\nSignals: ${SIGNALS}\nExit codes: ${EXIT_CODES}`;
}

function optionsText(command: CommandName): string {
  const lines = OPTIONS.filter(({ commands, isInternal }) =>
    commands.includes(command) && !isInternal
  ).flatMap(optionLines);
  const more = isLikeRun(command) ? ["  and all of dnsfwd help run"] : [];
  return ["Options:", ...lines, ...more].join("\n");
}

function optionLines(option: Option): string[] {
  const short = option.aliases.find((alias) => alias.length === 1);
  const long = `--${option.name}${option.value ? ` ${option.value}` : ""}`;
  const label = `  ${short ? `-${short}, ` : ""}${long}`;
  const others = option.aliases.filter((alias) => alias.length > 1).map((alias) => `--${alias}`);
  const help = others.length > 0 ? [...option.help, `(also ${others.join(", ")})`] : option.help;
  return help.map((line, index) => `${(index === 0 ? label : "").padEnd(25)} ${line}`);
}
