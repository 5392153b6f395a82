/** When the server ends a connection on which nothing happens. */

import type { Conversation } from "../query/conversation.ts";
import { type Report, seconds } from "./report.ts";

const TICK = 1000;

/**
 * Waits until the server ends each connection, for `limit` milliseconds from `start`
 * (`performance.now()`) on. Returns after how many milliseconds each ended; undefined if it did not.
 */
export async function idleTimes(
  conversations: readonly Conversation[],
  start: number,
  limit: number,
  report: Report,
): Promise<(number | undefined)[]> {
  const { promise: isOver, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), start + limit - performance.now());
  const ticker = setInterval(() => {
    report.progress(`idle for ${seconds(performance.now() - start)} of ${seconds(limit)}`);
  }, TICK);
  const times = conversations.map(async ({ ended }) => (await ended).time - start);
  try {
    return await Promise.all(times.map((time) => Promise.race([time, isOver])));
  } finally {
    clearTimeout(timer);
    clearInterval(ticker);
  }
}

/** Such a time in words. */
export function idleText(time: number | undefined, limit: number): string {
  return time === undefined
    ? `still open after ${seconds(limit)}`
    : `closed by the server after ${seconds(time)}`;
}
