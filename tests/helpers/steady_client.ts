/** A client that keeps a number of queries in flight, as many stubs together do. */

import { buildQuery } from "./query.ts";
import type { Client } from "./client.ts";
import type { Message } from "./message.ts";

/** Asks for each name, `window` of them at a time; the replies in the order they came. */
export async function askSteadily(
  client: Client,
  names: readonly string[],
  window: number,
): Promise<Message[]> {
  const replies: Message[] = [];
  for (let sent = 0; replies.length < names.length;) {
    while (sent < names.length && sent - replies.length < window) {
      await client.send(buildQuery(names[sent++], { edns: true }));
    }
    replies.push(await client.next());
  }
  return replies;
}

export function numberedNames(count: number, prefix = "q"): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}.example`);
}
