/** The program in the near one of two network namespaces, and clients of it there or in the far one. */

import { type Answer, kdigFrom } from "./digging.ts";
import { FAR, type NetworkPair } from "./network_namespace.ts";
import type { Program } from "./program.ts";
import { PEER_NAME, peerTrust, type Place, type RealPeer } from "./real_peer.ts";
import { startWithUpstreams } from "./scenario.ts";

export const LOOPBACK = "127.0.0.1";
const PROBE_INTERVAL = 200;

/** Asks a question, with more options of kdig if there are any. */
export type Ask = (...args: string[]) => Promise<Answer>;

/** The program in the near namespace, with more options if there are any; its upstream is at `address`. */
export async function startNear(
  { near }: NetworkPair,
  upstream: RealPeer,
  address = FAR,
  listen = [`${LOOPBACK}:0`],
  ...args: string[]
): Promise<Program> {
  const uri = `tls://${address}:${upstream.port}#${PEER_NAME}`;
  const { authority } = await peerTrust();
  return await startWithUpstreams([uri], authority, { args, listen, prefix: near.prefix });
}

/**
 * Asks a new question each time, so that nothing is answered from memory. With kdig: several `dig` at a time
 * may ask from the same port (SO_REUSEPORT), and one gets the answer of the other.
 */
export function asking(place: Place, program: Program): Ask {
  const { port } = program.address;
  const options = ["+edns", "+timeout=8"];
  return (...args) =>
    kdigFrom(place, port, ...options, ...args, `${crypto.randomUUID()}.many.example`);
}

/** Asks again and again, whatever becomes of the questions before; milliseconds until such an answer. */
export async function untilAnswer(
  ask: Ask,
  isSuch: (answer: Answer) => boolean,
  limit: number,
): Promise<number> {
  const start = performance.now();
  const asked: Promise<void>[] = [];
  let found = NaN;
  const look = (answer: Answer) => {
    if (Number.isNaN(found) && isSuch(answer)) found = performance.now() - start;
  };
  while (Number.isNaN(found) && performance.now() - start < limit) {
    asked.push(ask().then(look));
    await new Promise((resolve) => setTimeout(resolve, PROBE_INTERVAL));
  }
  await Promise.all(asked);
  if (Number.isNaN(found)) throw new Error(`No such answer within ${limit} ms`);
  return found;
}
