/** Where the status is shown again and again; and when there is nobody any more to see it. */

import type { Line } from "./line.ts";

/** False, now or once it is written: nobody sees it any more. */
export type Shown = boolean | Promise<boolean>;

export interface Display {
  /** Columns that there are now. */
  readonly width: number;
  /** Shows the lines in the place of those before, or below; false: nobody sees them any more. */
  show(lines: readonly Line[]): Shown;
  /** Leaves everything as it was found, once what it resolves to is there. */
  close(): Shown;
}

/** Writes to standard output without holding up anything else; false if its reader, or the terminal, is gone. */
export async function writeOut(text: string): Promise<boolean> {
  const octets = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < octets.length;) {
      written += await Deno.stdout.write(octets.subarray(written));
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
