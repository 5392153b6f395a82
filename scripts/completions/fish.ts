/** The completion for fish. */

import { type CommandName, COMMANDS } from "../../lib/app/settings/commands.ts";
import type { Option } from "../../lib/app/settings/option.ts";
import { USAGE } from "../../lib/app/settings/usage.ts";
import {
  choicesOf,
  commandsOf,
  description,
  SHOWN,
  spellings,
  valueKind,
  WITH_VALUE,
} from "./option_words.ts";

/** The whole script. */
export function fishCompletion(): string {
  return `# Completion for fish, made from the options of dnsfwd.

# The command on the line before the cursor, if there is one.
function __dnsfwd_command
    set -l words (commandline -opc)
    set -l at 2
    while test $at -le (count $words)
        switch $words[$at]
            case ${WITH_VALUE.flatMap(spellings).join(" ")}
                set at (math $at + 1)
            case '-*'
            case '*'
                echo $words[$at]
                return 0
        end
        set at (math $at + 1)
    end
    return 1
end

# Whether the command, run if there is none, is one of the arguments.
function __dnsfwd_is
    set -l command (__dnsfwd_command)
    or set command run
    contains -- $command $argv
end

complete -c dnsfwd -f
${COMMANDS.map(commandLine).join("\n")}
complete -c dnsfwd -n '__dnsfwd_is help' -a '${COMMANDS.join(" ")}'
${SHOWN.map(optionLine).join("\n")}
`;
}

function commandLine(command: CommandName): string {
  const about = quoted(USAGE[command].summary);
  return `complete -c dnsfwd -n 'not __dnsfwd_command >/dev/null' -a ${command} -d ${about}`;
}

function optionLine(option: Option): string {
  const short = option.aliases.filter((alias) => alias.length === 1).map((alias) => ` -s ${alias}`);
  const condition = `'__dnsfwd_is ${commandsOf(option).join(" ")}'`;
  const names = `-l ${option.name}${short.join("")}`;
  const value = option.value === undefined ? "" : ` ${valueFlags(option)}`;
  return `complete -c dnsfwd -n ${condition} ${names}${value} -d ${quoted(description(option))}`;
}

function valueFlags(option: Option): string {
  switch (valueKind(option)) {
    case "choices":
    case "parts":
      return `-x -a '${choicesOf(option).join(" ")}'`;
    case "file":
      return "-r -F";
    case "directory":
      return "-x -a '(__fish_complete_directories)'";
    case "user":
      return "-x -a '(__fish_complete_users)'";
    case "group":
      return "-x -a '(__fish_complete_groups)'";
    case "text":
      return "-x";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
