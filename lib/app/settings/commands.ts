/** The commands of the program. */

/** Those that ask something of the instance that runs. */
export const INSTANCE_COMMANDS = ["status", "reload", "reset", "stop"] as const;
export type InstanceCommandName = typeof INSTANCE_COMMANDS[number];

/** Those that start `run` in the background. */
export const STARTERS = ["ensure", "start", "restart"] as const;
export type StarterName = typeof STARTERS[number];

export const COMMANDS = [
  "run",
  ...STARTERS,
  ...INSTANCE_COMMANDS,
  "check",
  "config",
  "query",
  "doctor",
  "demo",
  "help",
] as const;
export type CommandName = typeof COMMANDS[number];
/** Commands that take all that `run` takes. */
const LIKE_RUN: readonly CommandName[] = [...STARTERS, "check"];

/** Whether the command takes all that `run` takes. */
export function isLikeRun(command: CommandName): boolean {
  return LIKE_RUN.includes(command);
}

export function isInstanceCommand(command: CommandName): command is InstanceCommandName {
  return (INSTANCE_COMMANDS as readonly string[]).includes(command);
}

export function isStarter(command: CommandName): command is StarterName {
  return (STARTERS as readonly string[]).includes(command);
}
