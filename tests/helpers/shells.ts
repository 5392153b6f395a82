/** What bash, zsh and fish offer behind a line that has been typed, with a completion of ours and nothing else. */

import { findProgram } from "./real_peer.ts";

export interface Shell {
  readonly name: "bash" | "zsh" | "fish";
  /** The file of the completion, as the shell wants it named. */
  readonly file: string;
  /** The candidates; those of `--option=value` are values. */
  readonly candidates: (folder: string, line: string) => Promise<string[]>;
}

/** The completion function alone, called as bash calls it, with `=` and `:` as words of their own. */
const BASH = `source "$1/dnsfwd.bash"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_dnsfwd 2>&1
printf '%s\\n' "\${COMPREPLY[@]}"`;

/** A zsh at a terminal, with what it adds to its list written to a file. */
const ZSH_SETUP = `
fpath=("$FOLDER" $fpath)
autoload -Uz compinit
compinit -u -D
LISTMAX=10000
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a offered
  builtin compadd -O offered "$@"
  print -rl -- $offered >>"$FOLDER/offered"
  builtin compadd "$@"
}
tell() { zle list-choices; print -r -- "the-""end" }
zle -N tell
bindkey '^I' tell
`;

const ZSH = `zmodload zsh/zpty
zpty terminal zsh -f -i
zpty -w terminal "FOLDER=$1; source $1/setup; print the-beginning"
zpty -r terminal text '*the-beginning*the-beginning*'
zpty -w -n terminal "$2"$'\\t'
zpty -r terminal text '*the-end*'
zpty -d terminal`;

export const SHELLS: readonly Shell[] = [
  {
    name: "bash",
    file: "dnsfwd.bash",
    candidates: (folder, line) => {
      const words = [...line.matchAll(/[=:]+|[^\s=:]+/g)].map(([word]) => word);
      return bashCandidates(folder, line.endsWith(" ") ? [...words, ""] : words);
    },
  },
  {
    name: "zsh",
    file: "_dnsfwd",
    candidates: async (folder, line) => {
      await Deno.writeTextFile(`${folder}/setup`, ZSH_SETUP);
      await Deno.writeTextFile(`${folder}/offered`, "");
      await output("zsh", ["-f", "-c", ZSH, "zsh", folder, line]);
      return lines(await Deno.readTextFile(`${folder}/offered`));
    },
  },
  {
    name: "fish",
    file: "dnsfwd.fish",
    candidates: async (folder, line) => {
      const script = 'source $argv[1]/dnsfwd.fish; complete -C "$argv[2]"';
      const offered = await output("fish", ["--no-config", "-c", script, folder, line]);
      return offered.map((each) => each.split("\t")[0].replace(/^--[a-z-]+=/, ""));
    },
  },
];

/** What bash offers for the last of the words into which it has parted a line. */
export function bashCandidates(folder: string, words: readonly string[]): Promise<string[]> {
  return output("bash", ["--norc", "-c", BASH, "bash", folder, ...words]);
}

/** The lines that a shell prints; fails if it says anything else. */
async function output(shell: string, args: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(findProgram(shell) ?? shell, {
    args: [...args],
    cwd: args.find((arg) => arg.startsWith("/")),
    env: { TERM: "dumb", LC_ALL: "C.UTF-8" },
  }).output();
  const errors = new TextDecoder().decode(stderr);
  if (errors !== "") throw new Error(`${shell}: ${errors}`);
  return lines(new TextDecoder().decode(stdout));
}

function lines(text: string): string[] {
  return [...new Set(text.split("\n").filter((line) => line !== ""))].toSorted();
}
