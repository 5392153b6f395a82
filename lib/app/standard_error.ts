/** Where log lines go, so that standard output stays free. */

const encoder = new TextEncoder();

/** Writes a line; that nobody reads any more must not matter. */
export function writeLine(line: string): void {
  try {
    Deno.stderr.writeSync(encoder.encode(`${line}\n`));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
