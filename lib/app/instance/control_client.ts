/** Asks the running instance something, over its control socket. */

import { reasonOf } from "../system_error.ts";
import {
  type CommandFields,
  CONTROL_SOCKET,
  type ControlCommand,
  formatCommand,
  MAX_REPLY_LENGTH,
  parseReply,
  type Reply,
} from "./control_protocol.ts";
import { InstanceError } from "./instance_error.ts";
import { InstanceLock } from "./instance_lock.ts";
import { LineStream, LineTooLong } from "./line_stream.ts";

/** Nobody runs there: no process holds the lock. */
export class NoInstance extends InstanceError {
  override readonly name = "NoInstance";
}

/** Somebody runs there, and does not answer, or not so that it can be understood; or we may not ask. */
export class NoAnswer extends InstanceError {
  override readonly name = "NoAnswer";
}

/** The reply to a command, which may be an error; throws `NoInstance` or `NoAnswer`. */
export async function askInstance(
  directory: string,
  command: ControlCommand,
  timeoutMs: number,
  fields: CommandFields = {},
): Promise<Reply> {
  const stream = new LineStream(await connect(directory), MAX_REPLY_LENGTH);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    stream.close();
  }, timeoutMs);
  try {
    const reply = await exchange(stream, formatCommand(command, fields));
    if (reply) return reply;
    const reason = isLate ? `within ${timeoutMs / 1000} s` : "so that it can be understood";
    throw new NoAnswer(`${inCharge(directory)} does not answer ${reason}`);
  } finally {
    clearTimeout(timer);
    stream.close();
  }
}

async function connect(directory: string): Promise<Deno.UnixConn> {
  const path = `${directory}/${CONTROL_SOCKET}`;
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    const reason = isMissing ? `there is no ${path}` : `${reasonOf(error)} (${path})`;
    throw new NoAnswer(`${inCharge(directory)} cannot be asked: ${reason}`);
  }
}

async function exchange(stream: LineStream, command: string): Promise<Reply | undefined> {
  try {
    await stream.write(command);
    const line = await stream.read();
    return line === undefined ? undefined : parseReply(line);
  } catch (error) {
    if (error instanceof LineTooLong) return undefined;
    throw error;
  }
}

/** Who holds the lock, for the start of a sentence; throws `NoInstance` if nobody does. */
function inCharge(directory: string): string {
  const pid = holder(directory);
  if (pid === undefined) throw new NoInstance(`Not running (looked in ${directory})`);
  return `Process ${pid}`;
}

function holder(directory: string): number | undefined {
  try {
    return InstanceLock.holder(directory);
  } catch (error) {
    if (error instanceof InstanceError) throw new NoAnswer(error.message, { cause: error.cause });
    throw error;
  }
}
