/**
 * The completion for bash, with builtins only: the functions of the package bash-completion need not be there.
 * `=` is a word of its own for bash unless the user has taken it out of COMP_WORDBREAKS; both are provided for.
 */

import { type CommandName, COMMANDS } from "../../lib/app/settings/commands.ts";
import type { Option } from "../../lib/app/settings/option.ts";
import { choicesOf, optionsOf, spellings, valueKind, WITH_VALUE } from "./option_words.ts";

/** The whole script. */
export function bashCompletion(): string {
  return `# Completion for bash, made from the options of dnsfwd.

_dnsfwd() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local command='' options='' prefix='' at
  COMPREPLY=()
  if [[ $cur == --*=* ]]; then
    prefix=\${cur%%=*}= prev=\${cur%%=*} cur=\${cur#*=}
  elif [[ $cur == = ]]; then
    cur=''
    [[ $prev == --* ]] || return
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
    [[ $prev == --* ]] || return
  fi

  case $prev in
${WITH_VALUE.map(valueCase).join("\n")}
  esac

  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      ${WITH_VALUE.flatMap(spellings).join(" | ")})
        at=$((at + 1))
        [[ \${COMP_WORDS[at]} != = ]] || at=$((at + 1))
        ;;
      ${COMMANDS.join(" | ")})
        command=\${COMP_WORDS[at]}
        break
        ;;
    esac
  done

  case $command in
${COMMANDS.map(optionsCase).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  elif [[ -z $command || $command == help ]]; then
    mapfile -t COMPREPLY < <(compgen -W '${COMMANDS.join(" ")}' -- "$cur")
  fi
}

complete -F _dnsfwd dnsfwd
`;
}

function valueCase(option: Option): string {
  return `    ${spellings(option).join(" | ")})
${valueLines(option).map((line) => `      ${line}`).join("\n")}
      return
      ;;`;
}

function valueLines(option: Option): string[] {
  const replies = (list: string) => [
    `mapfile -t COMPREPLY < <(compgen ${list} -- "$cur")`,
    'COMPREPLY=("${COMPREPLY[@]/#/$prefix}")',
  ];
  const words = `-W '${choicesOf(option).join(" ")}'`;
  switch (valueKind(option)) {
    case "choices":
      return replies(words);
    case "parts":
      return ["compopt -o nospace 2>/dev/null", ...replies(words)];
    case "file":
      return ["compopt -o filenames 2>/dev/null", ...replies("-f")];
    case "directory":
      return ["compopt -o filenames 2>/dev/null", ...replies("-d")];
    case "user":
      return replies("-u");
    case "group":
      return replies("-g");
    case "text":
      return [];
  }
}

/** Without a command the options are those of run. */
function optionsCase(command: CommandName): string {
  const pattern = command === "run" ? "'' | run" : command;
  const options = optionsOf(command).map(({ name }) => `--${name}`).join(" ");
  return `    ${pattern}) options='${options}' ;;`;
}
