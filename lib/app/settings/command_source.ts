/** Where a command comes from: the arguments, and the configuration file that they or the system name. */

import { LOG_FORMATS, type LogFormat } from "../../base/log/line.ts";
import type { Command, RunCommand } from "./command.ts";
import { parseCommandLine } from "./command_line.ts";
import { defaultPlaces, findFile, readConfigFile } from "./file/config_file.ts";
import { type FileSettings, pathOf, Values } from "./given.ts";
import { parseTyped, type Typed } from "./option_values.ts";
import { startDirectory, userId, variable } from "../environment.ts";
import { type CommandName, COMMANDS } from "./commands.ts";
import { findOption } from "./options.ts";
import { takesOption } from "./option.ts";
import { Problems } from "./problems.ts";

/** The log of `run`, as far as the settings say. */
export interface WantedLog {
  readonly format: LogFormat;
  /** Absolute, if it is known where it begins. */
  readonly file: string | undefined;
}

/** Of commands that people read. */
const PLAIN: WantedLog = { format: "human", file: undefined };
/** The value of `--config` that turns the file off. */
const NONE = "none";

export class CommandSource {
  readonly #args: readonly string[];
  /** Where the program was started; empty if nobody may know. */
  readonly #directory: string;
  #path: string | undefined;
  /** What has named the file. */
  #setting = "--config";
  /** What the file says, as it was read last. */
  #file: FileSettings | undefined;

  constructor(args: readonly string[]) {
    this.#args = args;
    this.#directory = startDirectory() ?? "";
  }

  /** The command; throws a `ConfigError` with all that is wrong. */
  async read(): Promise<Command> {
    this.#path = this.#choosePath();
    return await this.#parse();
  }

  /** The command `run` as it is now, from the same arguments and the same file; throws `ConfigError`. */
  async reread(): Promise<RunCommand> {
    const command = await this.#parse();
    if (command.name === "run") return command;
    throw new Error(`The command is ${command.name}`);
  }

  /** The log that `run` in the foreground is to write, whatever else is wrong with the settings. */
  get log(): WantedLog {
    const { words: [word], given } = parseTyped(this.#args, this.#directory, new Problems());
    // What follows an unknown option is taken for a word.
    const name = COMMANDS.find((each) => each === word) ?? "run";
    if (name !== "run" || isGiven(given.get("background"))) return PLAIN;
    const values = new Values(given, this.#file?.given);
    const format = values.of("log-format").at(-1)?.text;
    const file = values.of("log-file").filter(({ text }) => text !== NONE && text !== "").at(-1);
    return {
      format: LOG_FORMATS.find((each) => each === format) ?? PLAIN.format,
      file: file && pathOf(file.text, file),
    };
  }

  async #parse(): Promise<Command> {
    const file = this.#path === undefined ? undefined : await load(this.#path, this.#setting);
    this.#file = file;
    return parseCommandLine(this.#args, { directory: this.#directory, file });
  }

  /** The absolute path of the file to use, if there is one. What is wrong with the arguments is told later. */
  #choosePath(): string | undefined {
    const typed = parseTyped(this.#args, this.#directory, new Problems());
    if (!usesFile(typed)) return undefined;
    const given = typed.given.get("config")?.at(-1);
    if (given) return given.text === NONE ? undefined : pathOf(given.text, given);
    this.#setting = "Configuration file";
    return findFile(defaultPlaces(variable, userId()));
  }
}

/** Reading TOML is loaded only here: few megabytes, but not for those who have no file. */
async function load(path: string, setting: string): Promise<FileSettings> {
  const text = readConfigFile(path, setting);
  const { parseFileSettings } = await import("./file/file_settings.ts");
  return parseFileSettings(path, text);
}

/** Commands that take upstreams alone do without the file if they are given one. */
function usesFile({ words: [word = "run", second], given }: Typed): boolean {
  const name: CommandName | undefined = COMMANDS.find((each) => each === word);
  const option = findOption("config");
  if (name === undefined || option === undefined || !takesOption(name, option)) return false;
  if (["help", "version"].some((each) => isGiven(given.get(each)))) return false;
  if (name === "run" || isGiven(given.get("config"))) return true;
  const hasUpstream = isGiven(given.get("upstream")) || (name === "doctor" && second !== undefined);
  return !hasUpstream || takesOption(name, findOption("listen") ?? option);
}

function isGiven(values: readonly unknown[] = []): boolean {
  return values.length > 0;
}
