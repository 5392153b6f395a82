/** What the program can be asked for, as plain data. */

import type { Target } from "../../net/dial.ts";
import type { Rotation } from "../log_rotation.ts";
import type { CommandName, InstanceCommandName, StarterName } from "./commands.ts";
import type { Config, LogConfig } from "./config.ts";
import type { ConfigError } from "./config_error.ts";
import type { Places } from "./given.ts";
import type { Sources } from "./sources.ts";

export interface RunCommand {
  readonly name: "run";
  /** Complete but for the contents of `caFiles`, and what becomes of `stateDirectory`. */
  readonly config: Omit<Config, "caCerts" | "stateDirectory" | "isStateWanted">;
  readonly caFiles: readonly string[];
  /** As given, but absolute. */
  readonly stateDirectory: string | undefined;
  readonly runtimeDirectory: string | undefined;
  /** Whom to go on as, as typed, the first group being that of the user. */
  readonly user: string | undefined;
  readonly groups: readonly string[];
  readonly isRootForbidden: boolean;
  readonly log: LogConfig;
  readonly logRotation: Rotation;
  /** As given, but absolute. */
  readonly logFile: string | undefined;
  /** Whether nobody waits for its end: started by another command. */
  readonly isBackground: boolean;
  readonly allowKeyLog: boolean;
  /** The configuration file that was used, if any. */
  readonly configFile: string | undefined;
  /** Where the values stand that were given: as many, and in the same order, as in `config`. */
  readonly places: Places;
}

/** Starts `run` in the background, if it is not running already. */
export interface StarterCommand {
  readonly name: StarterName;
  readonly run: RunCommand;
  /** The arguments for `run`, good in every directory. */
  readonly args: readonly string[];
  readonly printCrontab: boolean;
}

export interface QueryCommand extends Sources {
  readonly name: "query";
  /** Name and type as typed: reading them takes a library that a forwarder has no use for. */
  readonly words: readonly string[];
}

export interface DoctorCommand extends Omit<Sources, "upstreams"> {
  readonly name: "doctor";
  readonly upstream: Target;
  /** As given, both. */
  readonly uri: string;
  readonly domain: string;
  readonly idleSeconds: number;
}

/** Asks something of the instance that runs. */
export interface InstanceCommand {
  readonly name: Exclude<InstanceCommandName, "status">;
  /** As given, but absolute. */
  readonly runtimeDirectory: string | undefined;
}

/** Asks the instance that runs what it does. */
export interface StatusCommand extends Omit<InstanceCommand, "name"> {
  readonly name: "status";
  readonly isJson: boolean;
  /** Whether what happened last is shown instead. */
  readonly events: boolean;
  /** Seconds from one time to the next; undefined: once. */
  readonly watchSeconds: number | undefined;
}

export interface CheckCommand {
  readonly name: "check";
  /** Without the settings that are wrong. */
  readonly run: RunCommand;
  readonly errors: readonly ConfigError[];
  readonly isJson: boolean;
  /** Whether each upstream is connected to and asked. */
  readonly isConnecting: boolean;
  /** Whether settings and files are all that is looked at: no socket, user or directory of this machine. */
  readonly isFilesOnly: boolean;
  /** Whether the one that runs is asked if it is ready, instead. */
  readonly isReadyAsked: boolean;
  /** Whether `listen` was typed, and so says where to ask. */
  readonly isListenTyped: boolean;
}

export type Command =
  | RunCommand
  | StarterCommand
  | InstanceCommand
  | StatusCommand
  | DoctorCommand
  | QueryCommand
  | CheckCommand
  | { readonly name: "config"; readonly print: "default" | "schema" }
  | { readonly name: "demo"; readonly once: boolean }
  | { readonly name: "help"; readonly topic: CommandName | undefined }
  | { readonly name: "version" };
