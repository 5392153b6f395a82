/** The completion for zsh: the function `_dnsfwd`, for a folder of `fpath`. */

import { type CommandName, COMMANDS } from "../../lib/app/settings/commands.ts";
import type { Option } from "../../lib/app/settings/option.ts";
import { USAGE } from "../../lib/app/settings/usage.ts";
import {
  choicesOf,
  description,
  optionsOf,
  SHOWN,
  spellings,
  valueKind,
  WITH_VALUE,
} from "./option_words.ts";

/** What a command is given besides options. */
const WORDS: Partial<Readonly<Record<CommandName, readonly string[]>>> = {
  help: ["2:command:_dnsfwd_commands"],
  query: ["2:name: ", "3:type: "],
  doctor: ["2:URI: "],
};

/** The whole file. */
export function zshCompletion(): string {
  return `#compdef dnsfwd
# Completion for zsh, made from the options of dnsfwd.

_dnsfwd_commands() {
  local -a commands=(
${COMMANDS.map((name) => `    ${quoted(`${name}:${USAGE[name].summary}`)}`).join("\n")}
  )
  _describe -t commands command commands
}
${SHOWN.filter(({ parts }) => parts).map(partsFunction).join("\n")}
_dnsfwd() {
  local command=run
  local -i at=2
  while (( at < CURRENT )); do
    case $words[at] in
      (${WITH_VALUE.flatMap(spellings).join("|")}) (( at += 2 )) ;;
      (-*) (( at++ )) ;;
      (*) command=$words[at]; break ;;
    esac
  done
  case $command in
${COMMANDS.map(commandCase).join("\n")}
  esac
}

if [[ $funcstack[1] == _dnsfwd ]]; then
  _dnsfwd "$@"
else
  compdef _dnsfwd dnsfwd
fi
`;
}

function partsFunction(option: Option): string {
  return `
_dnsfwd_${option.name}() {
  local expl
  _wanted values expl ${quoted(option.value ?? "")} compadd -S '' - ${choicesOf(option).join(" ")}
}
`;
}

function commandCase(command: CommandName): string {
  const specs = [
    ...optionsOf(command).flatMap(optionSpecs),
    "1:command:_dnsfwd_commands",
    ...WORDS[command] ?? [],
  ];
  return `    (${command})
      _arguments \\
${specs.map((spec) => `        ${quoted(spec)}`).join(" \\\n")}
      ;;`;
}

/** One for each spelling that is not of old: `(-h --help)-h[...]`. */
function optionSpecs(option: Option): string[] {
  const names = spellings(option).filter((name, at) => at === 0 || !name.startsWith("--"));
  const about = `[${description(option).replaceAll(/[[\]\\]/g, "\\$&")}]`;
  const before = option.isRepeatable ? "*" : names.length > 1 ? `(${names.join(" ")})` : "";
  if (option.value === undefined) return names.map((name) => `${before}${name}${about}`);
  const value = `:${option.value.replaceAll(":", "\\:")}:${action(option)}`;
  return names.map((name) => `${before}${name}=${about}${value}`);
}

function action(option: Option): string {
  switch (valueKind(option)) {
    case "choices":
      return `(${choicesOf(option).join(" ")})`;
    case "parts":
      return `_dnsfwd_${option.name}`;
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "user":
      return "_users";
    case "group":
      return "_groups";
    case "text":
      return " ";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
