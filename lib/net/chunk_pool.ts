/**
 * Buffers for messages that wait to be written, shared by all queues: what waits for a slow peer comes and goes in
 * amounts that would otherwise be garbage faster than it is collected.
 */

/** Octets of a buffer: the longest message with its length. */
export const CHUNK_LENGTH = 65_537;
/** Buffers kept for later; the memory of more is given back. */
const MAX_FREE = 128;

const free: Uint8Array<ArrayBuffer>[] = [];

/** A buffer of `CHUNK_LENGTH` octets, whatever they are. */
export function takeChunk(): Uint8Array<ArrayBuffer> {
  return free.pop() ?? new Uint8Array(CHUNK_LENGTH);
}

/** Takes back a buffer that nobody uses any more. */
export function giveChunk(chunk: Uint8Array<ArrayBuffer>): void {
  if (free.length < MAX_FREE) free.push(chunk);
}
