/** What is known of an option: a row of the table in options.ts. */

import { type CommandName, isLikeRun } from "./commands.ts";
import type { LimitSetting } from "./limits.ts";

export interface Option {
  readonly name: string;
  /** Other spellings; those of the program of 2015 among them. */
  readonly aliases: readonly string[];
  /** What the value looks like; without it the option is a switch. */
  readonly value?: string;
  readonly isRepeatable?: boolean;
  /** The commands that take it; see `takesOption()`. */
  readonly commands: readonly CommandName[];
  readonly help: readonly string[];
  /** What holds if it is not given. */
  readonly defaults?: readonly string[];
  /** The only values, if they are few. */
  readonly choices?: readonly string[];
  /** Whole numbers, first and last, that may stand for a choice. */
  readonly range?: readonly [number, number];
  /** Whether the value may be a whole number, which needs no quotes in the file. */
  readonly mayBeNumber?: boolean;
  /** Of texts that may stand for a choice as well: a regular expression. */
  readonly pattern?: string;
  /** The names, with their ranges, of an option that is NAME=NUMBER. */
  readonly parts?: readonly LimitSetting[];
  /** Where it stands in the configuration file, if not under its own name at the top: table and name. */
  readonly table?: string;
  readonly setting?: string;
  /** Whether "" is a value, as good as none. */
  readonly mayBeEmpty?: boolean;
  /** A file or directory; from where it is written if it is relative. */
  readonly isPath?: boolean;
  /** Of use to the program itself alone. */
  readonly isInternal?: boolean;
  /** Has no place in the configuration file. */
  readonly isTypedOnly?: boolean;
  /** Values that may be of use, for the default file. */
  readonly examples?: readonly string[];
}

/** Whether the command takes the option, as its own or because it takes those of `run`. */
export function takesOption(command: CommandName, option: Option): boolean {
  const { commands, isInternal } = option;
  if (commands.includes(command)) return true;
  return isLikeRun(command) && commands.includes("run") && !isInternal;
}

/** Whether the configuration file may have it. */
export function isSetting(option: Option): boolean {
  return option.commands.includes("run") && !option.isTypedOnly && !option.isInternal;
}

/** The tables of the configuration file in which some of the settings stand. */
export function tablesOf(settings: readonly Option[]): readonly string[] {
  return [...new Set(settings.map(({ table }) => table).filter((each) => each !== undefined))];
}

/** What it is called in the configuration file: `listen`, or with its table `health.drain`. */
export function settingName({ name, setting = name, table }: Option): string {
  return table === undefined ? setting : `${table}.${setting}`;
}
