/**
 * What is said over the control socket: one JSON object per line, a command and its reply. See
 * control_protocol.md for programs that speak it from elsewhere.
 */

import type { HealthState } from "../report/health_state.ts";
import type { Report } from "../report/report.ts";
import { InstanceError } from "./instance_error.ts";

export const CONTROL_VERSION = 1;
export const CONTROL_SOCKET = "control.sock";

export const CONTROL_COMMANDS = [
  "status",
  "health",
  "ready",
  "events",
  "reload",
  "reset",
  "stop",
] as const;
export type ControlCommand = typeof CONTROL_COMMANDS[number];

/** Said to who comes while as many commands as may be are being carried out. */
export const CROWDED = "Too many connections to the control socket";

/** Octets of a line, its end included: those of a command are some forty. */
export const MAX_COMMAND_LENGTH = 1024;
/** Eight upstreams with everything that can be said of each come to a few thousand. */
export const MAX_REPLY_LENGTH = 65_536;

/** How the instance is. */
export interface Health {
  /** What the program finds wrong with itself, in plain words; undefined: it answers. */
  readonly problem: string | undefined;
  readonly state: HealthState;
  /** Why it is not ready, in plain words; empty: it is. */
  readonly notReady: readonly string[];
}

/** What a command may have besides. */
export interface CommandFields {
  /** Of `events`: the number of the first that is wanted. */
  readonly from?: number;
}

/** Something that happened; times as in RFC 3339. */
export interface EventFields {
  readonly number: number;
  readonly time: string;
  readonly level: string;
  readonly category: string;
  readonly upstream?: string;
  readonly message: string;
  /** How often, if more than once, and when last. */
  readonly times?: number;
  readonly last?: string;
}

/** What comes back for a command; which of the fields, depends on the command. */
export interface Reply extends Partial<Report> {
  readonly version: number;
  readonly ok: boolean;
  /** Why not `ok`. */
  readonly error?: string;
  /** Of `health` and `status`. */
  readonly state?: HealthState;
  /** Whether the state is not `failing`. */
  readonly healthy?: boolean;
  /** Whether the program itself answers, whatever its upstreams do. */
  readonly alive?: boolean;
  /** Why it is not alive. */
  readonly problem?: string;
  /** Whether it is ready for clients; and why it is not. */
  readonly ready?: boolean;
  readonly notReady?: readonly string[];
  /** Of `ready`: the name that tells so over DNS, as text; missing: there is none. */
  readonly readyName?: string;
  /** Of `stop`: milliseconds for which it goes on serving once told to stop. */
  readonly drain?: number;
  /** Of `events`: the oldest first. */
  readonly events?: readonly EventFields[];
  /** The number of the first event that is not in this reply. */
  readonly next?: number;
}

/** A line with a command, its end included. */
export function formatCommand(command: ControlCommand, fields: CommandFields = {}): string {
  return `${JSON.stringify({ version: CONTROL_VERSION, command, ...fields })}\n`;
}

/** The command of a line; throws `InstanceError` with what is wrong with it. Other fields are for versions to come. */
export function parseCommand(line: string): ControlCommand {
  const fields = parseObject(line);
  if (fields === undefined) throw new InstanceError("Expected a JSON object in one line");
  if (fields.version !== CONTROL_VERSION) {
    throw new InstanceError(`"version" must be ${CONTROL_VERSION}`);
  }
  const command = CONTROL_COMMANDS.find((each) => each === fields.command);
  if (command) return command;
  throw new InstanceError(`"command" must be one of ${CONTROL_COMMANDS.join(", ")}`);
}

/** What a line with a command, which has been parsed, has besides; nothing of what makes no sense. */
export function commandFields(line: string): CommandFields {
  const from = parseObject(line)?.from;
  return typeof from === "number" ? { from } : {};
}

/** A line with a reply, its end included. */
export function formatReply(fields: Omit<Reply, "version">): string {
  return `${JSON.stringify({ version: CONTROL_VERSION, ...fields })}\n`;
}

type HealthFields = Pick<
  Reply,
  "alive" | "healthy" | "notReady" | "problem" | "ready" | "state"
>;

export function healthFields({ notReady, problem, state }: Health): HealthFields {
  return {
    state,
    healthy: state !== "failing",
    alive: problem === undefined,
    ...(problem !== undefined && { problem }),
    ready: notReady.length === 0,
    ...(notReady.length > 0 && { notReady }),
  };
}

/** The reply of a line; undefined if it is none of this version. */
export function parseReply(line: string): Reply | undefined {
  const fields = parseObject(line);
  if (fields?.version !== CONTROL_VERSION || typeof fields.ok !== "boolean") return undefined;
  return fields as unknown as Reply;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
