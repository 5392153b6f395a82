/** Whether an instance is well: it holds the lock, and answers that it works. */

import { askInstance, NoAnswer, NoInstance } from "./control_client.ts";
import { CONTROL_SOCKET, CROWDED } from "./control_protocol.ts";
import { InstanceLock } from "./instance_lock.ts";

/** Milliseconds for an answer: a machine that has much to do may take a second or two. */
const ANSWER_TIME = 5000;
/** The same where the socket is missing: an instance sees that within 10 s, and makes another. */
const SOCKET_TIME = 12_000;
const PAUSE = 50;

export interface Finding {
  /** Who holds the lock. */
  readonly pid: number;
  /** In plain words, as the end of a sentence; undefined: it is well. */
  readonly problem: string | undefined;
}

/** What there is to say of the instance of a directory; undefined if there is none. */
export async function findInstance(directory: string): Promise<Finding | undefined> {
  const start = performance.now();
  for (;;) {
    const pid = InstanceLock.holder(directory);
    if (pid === undefined) return undefined;
    const time = hasSocket(directory) ? ANSWER_TIME : SOCKET_TIME;
    const left = start + time - performance.now();
    // In whole seconds, as it is told.
    const timeout = Math.max(Math.ceil(left / 1000), 1) * 1000;
    const { problem, isCertain } = await askHealth(directory, timeout);
    if (isCertain || performance.now() - start >= time) return { pid, problem };
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

interface Answer {
  /** In plain words; undefined: it is well. */
  readonly problem: string | undefined;
  /** Whether it has said so itself. */
  readonly isCertain: boolean;
}

/** Asks the instance of a directory once how it is. */
export async function askHealth(directory: string, timeoutMs: number): Promise<Answer> {
  try {
    const reply = await askInstance(directory, "health", timeoutMs);
    const { ok, problem, error } = reply;
    // Whatever its upstreams do, it is well. Others than this version say only whether it is healthy.
    const isAlive = reply.alive ?? reply.healthy;
    // Who says so works.
    if (error === CROWDED) return { problem: undefined, isCertain: true };
    if (!ok) return { problem: error ?? "it does not say how it is", isCertain: false };
    return { problem: isAlive ? undefined : problem ?? "it is not well", isCertain: true };
  } catch (error) {
    if (error instanceof NoInstance || error instanceof NoAnswer) {
      return { problem: error.message, isCertain: false };
    }
    throw error;
  }
}

function hasSocket(directory: string): boolean {
  try {
    Deno.lstatSync(`${directory}/${CONTROL_SOCKET}`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
