/** Where the status is shown again and again; and when there is nobody any more to see it. */

import type { Line } from "./line.ts";

export interface Display {
  /** Columns that there are now. */
  readonly width: number;
  /** Shows the lines in the place of those before, or below; false: nobody sees them any more. */
  show(lines: readonly Line[]): boolean;
  /** Leaves everything as it was found. */
  close(): void;
}

/** Writes to standard output; false if whoever read it, or the terminal, is gone. */
export function writeOut(text: string): boolean {
  const octets = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < octets.length;) {
      written += Deno.stdout.writeSync(octets.subarray(written));
    }
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || (error as { code?: string }).code === "EIO";
}
