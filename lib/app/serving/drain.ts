/** Waiting for replies that are owed. */

import type { Clock } from "../../base/clock.ts";

const TICK = 10;

/** Returns once none of `listeners` owes a reply, after `grace` milliseconds at most. */
export async function drain(
  listeners: readonly { readonly waiting: number }[],
  clock: Clock,
  grace: number,
): Promise<void> {
  const end = clock.now() + grace;
  while (listeners.some(({ waiting }) => waiting > 0) && clock.now() < end) {
    await new Promise<void>((resolve) => clock.after(TICK, resolve));
  }
}
