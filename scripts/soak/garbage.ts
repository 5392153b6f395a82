/**
 * Has a program collect its garbage, through the runtime's inspector. What waits for the collector comes to
 * a fifth of the program's own memory and goes only every few minutes, or in an hour if there is little to do:
 * beside that nobody would see whether the program grows.
 */

import { freePort } from "../../tests/helpers/real_peer.ts";

const PATIENCE = 5000;

/** The flag that makes the runtime listen for an inspector, and the way to ask it for a collection. */
export function inspector(): { flag: string; collect: () => Promise<void> } {
  const address = `127.0.0.1:${freePort()}`;
  return { flag: `--inspect=${address}`, collect: () => collectGarbage(address) };
}

/** Resolves when the program whose inspector listens on `address` has collected all there was. */
async function collectGarbage(address: string): Promise<void> {
  const response = await fetch(`http://${address}/json/list`);
  const [{ webSocketDebuggerUrl }] = await response.json();
  const socket = new WebSocket(webSocketDebuggerUrl);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error("No answer from the inspector")), PATIENCE);
  socket.onerror = () => reject(new Error(`No connection to the inspector at ${address}`));
  socket.onopen = () =>
    socket.send(JSON.stringify({ id: 1, method: "HeapProfiler.collectGarbage" }));
  socket.onmessage = () => resolve();
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}
