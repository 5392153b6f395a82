/** Does something again and again until it is told to end. */

import type { Clock, Timer } from "../../base/clock.ts";

export interface WatchOptions {
  readonly clock: Clock;
  /** Milliseconds from the end of one time to the beginning of the next. */
  readonly interval: number;
  /** Aborted when it is to end, whatever goes on. */
  readonly end: AbortSignal;
}

/** Calls `look` until it resolves to false, or `end`; rejects as it does. */
export async function watch(
  look: () => Promise<boolean>,
  { clock, end, interval }: WatchOptions,
): Promise<void> {
  const ended = new Promise<false>((resolve) => {
    if (end.aborted) resolve(false);
    end.addEventListener("abort", () => resolve(false));
  });
  while (!end.aborted && await Promise.race([look(), ended])) {
    let timer: Timer | undefined;
    const pause = new Promise<void>((resolve) => timer = clock.after(interval, resolve));
    await Promise.race([pause, ended]);
    timer?.cancel();
  }
}
