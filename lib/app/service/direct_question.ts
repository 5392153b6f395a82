/** Questions to the upstreams beside all that is under way: each on a connection of its own, closed at once. */

import { DialError } from "../../net/dial_error.ts";
import { Conversation, SilenceError } from "../query/conversation.ts";
import type { Prepared } from "../prepared_upstreams.ts";
import { Limit } from "../settings/config.ts";

/** What the upstreams respond, those that do; they are dialed as the forwarder does, by what it has read. */
export async function askDirectly(
  prepared: readonly Prepared[],
  query: Uint8Array,
): Promise<Uint8Array[]> {
  const responses = await Promise.all(prepared.map((each) => askOne(each, query)));
  return responses.filter((response) => response !== undefined);
}

async function askOne({ dialer }: Prepared, query: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    const conversation = new Conversation(await dialer.dial());
    try {
      return (await conversation.ask(query, Limit.DEADLINE)).message;
    } finally {
      conversation.close();
    }
  } catch (error) {
    if (error instanceof DialError || error instanceof SilenceError) return undefined;
    throw error;
  }
}
