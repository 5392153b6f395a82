/**
 * Standard error of commands that end by themselves and that any signal ends: it may wait for its reader. What
 * serves others writes by way of a `LineQueue`.
 */

const encoder = new TextEncoder();

/** Writes a line; that nobody reads any more must not matter. */
export function writeLine(line: string): void {
  writeOctets(encoder.encode(`${line}\n`));
}

/** The same for octets as they are. */
export function writeOctets(octets: Uint8Array): void {
  try {
    for (let written = 0; written < octets.length;) {
      written += Deno.stderr.writeSync(octets.subarray(written));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
