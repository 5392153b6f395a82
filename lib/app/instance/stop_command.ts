/** The command `stop`, and what `restart` has of it. */

import { tell, tellError, told } from "../command_output.ts";
import type { InstanceCommand } from "../settings/command.ts";
import { MAX_DRAIN } from "../settings/health_settings.ts";
import { askInstance, NoAnswer, NoInstance } from "./control_client.ts";
import { InstanceError } from "./instance_error.ts";
import { InstanceLock } from "./instance_lock.ts";
import { prepareLocks } from "./lock_file.ts";
import { directoryToAsk } from "./running_instance.ts";
import { StartLock } from "./start_lock.ts";
import { reasonOf } from "../system_error.ts";

/** Milliseconds for a reply; to end when asked to, which includes answering what is in flight; and when killed. */
const REPLY_TIME = 2000;
const END_TIME = 5000;
const KILL_TIME = 5000;
/** Milliseconds to end once asked twice, which is no more than it takes to answer what is in flight. */
const URGED_TIME = 1500;
/** Milliseconds for another command to be done: it may be ending one instance and starting another. */
const TURN_TIME = 30_000 + MAX_DRAIN * 1000;
/** Milliseconds between two looks at the lock. */
const LOOK_INTERVAL = 20;

/** Ends the instance, if there is one; throws `InstanceError` if it cannot. */
export async function runStopCommand(command: InstanceCommand): Promise<number> {
  prepareLocks();
  const directory = directoryToAsk("stop", command.runtimeDirectory);
  Deno.permissions.revokeSync({ name: "ffi" });
  if (InstanceLock.holder(directory) === undefined) {
    tell(`dnsfwd is not running (looked in ${directory})`);
    await told();
    return 0;
  }
  using _turn = await StartLock.take(directory, TURN_TIME);
  const pid = await stopInstance(directory);
  tell(pid === undefined ? "dnsfwd is not running" : `Stopped dnsfwd (process ${pid})`);
  await told();
  return 0;
}

/**
 * Ends the instance of a directory whose start lock is held, and resolves once it is gone: to its process ID,
 * or undefined if there was none. One that does not end is killed, which is told.
 */
export async function stopInstance(
  directory: string,
  say: (text: string) => void = (text) => tellError(`dnsfwd: ${text}`),
): Promise<number | undefined> {
  const pid = InstanceLock.holder(directory);
  if (pid === undefined) return undefined;
  const begin = performance.now();
  const drain = await askToStop(directory, pid);
  if (drain === undefined) {
    if (await isGone(directory, pid, begin + END_TIME - URGED_TIME)) return pid;
    // It may be draining, and could not say so: asked again, it ends at once.
    send(pid, "SIGTERM");
  } else if (drain > 0) {
    say(`Process ${pid} goes on serving for ${drain / 1000} s before it ends`);
  }
  const time = END_TIME + (drain ?? 0);
  if (await isGone(directory, pid, begin + time)) return pid;
  say(`Process ${pid} did not end within ${time / 1000} s; killing it`);
  send(pid, "SIGKILL");
  if (await isGone(directory, pid, performance.now() + KILL_TIME)) return pid;
  throw new InstanceError(`Process ${pid} cannot be ended, and holds the lock in ${directory}`);
}

/**
 * By a signal where the control socket does not do. Resolves to the milliseconds for which it goes on serving;
 * undefined: it does not say.
 */
async function askToStop(directory: string, pid: number): Promise<number | undefined> {
  try {
    const { drain = 0, ok } = await askInstance(directory, "stop", REPLY_TIME);
    if (ok) return Math.min(Math.max(0, Number(drain) || 0), MAX_DRAIN * 1000);
    send(pid, "SIGTERM");
  } catch (error) {
    if (error instanceof NoAnswer) send(pid, "SIGTERM");
    else if (!(error instanceof NoInstance)) throw error;
  }
  return undefined;
}

async function isGone(directory: string, pid: number, end: number): Promise<boolean> {
  while (InstanceLock.holder(directory) === pid) {
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
  }
  return true;
}

function send(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new InstanceError(`Cannot end process ${pid}: ${reasonOf(error)}`);
  }
}
