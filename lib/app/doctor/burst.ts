/** Many queries at once: whether answers overtake each other, and how many are worked on at a time. */

import type { Conversation } from "../query/conversation.ts";
import { answers, SilenceError } from "../query/conversation.ts";
import { milliseconds } from "./report.ts";

export interface Burst {
  readonly asked: number;
  /** Which query each answer was to, in the order in which the answers came. */
  readonly order: readonly number[];
  /** Milliseconds until the last answer. */
  readonly duration: number;
  /** Why not all were answered. */
  readonly problem: string | undefined;
}

/** Below this the time of a single answer says nothing about how many are worked on. */
const SHORTEST_TELLING = 2;

/** Sends all queries in one go and awaits their answers for `timeout` milliseconds. */
export async function askAtOnce(
  conversation: Conversation,
  queries: readonly Uint8Array[],
  timeout: number,
): Promise<Burst> {
  const started = performance.now();
  const order: number[] = [];
  let duration = 0;
  let problem: string | undefined;
  try {
    await conversation.send(...queries);
    while (order.length < queries.length) {
      const { message, time } = await conversation.next(started + timeout);
      const index = queries.findIndex((query) => answers(query, message));
      if (index < 0 || order.includes(index)) continue;
      order.push(index);
      duration = time - started;
    }
  } catch (error) {
    if (!(error instanceof SilenceError)) throw error;
    problem = error.message;
  }
  return { asked: queries.length, order, duration, problem };
}

/** Whether answers came in another order than the queries were asked, in words. */
export function orderText({ order }: Burst): string {
  const overtaken = order.filter((index, at) => order.slice(0, at).some((other) => other > index));
  if (overtaken.length > 0) return `out of order: ${overtaken.length} were overtaken by later ones`;
  return "in the order of the queries (no answer was overtaken; none may have been slow)";
}

/** How many queries were worked on at a time, in words; one alone takes `alone` milliseconds. */
export function parallelText({ asked, order, duration, problem }: Burst, alone: number): string {
  const all = `${order.length} of ${asked} queries at once answered in ${milliseconds(duration)}`;
  if (problem !== undefined) return `${all}, then: ${problem}`;
  if (alone < SHORTEST_TELLING) return `${all}; too quick to tell how many it works on at a time`;
  const estimate = Math.min(asked, Math.max(1, Math.round(asked * alone / duration)));
  const several = estimate === 1 ? "one" : `about ${estimate}`;
  return `${all}, one alone in ${
    milliseconds(alone)
  }: it works on ${several} at a time (an estimate)`;
}
