/** The query log as whoever reads it sees it: a file of lines, each an object of JSON. */

/** What a line may have. */
export interface LogLine {
  readonly time: string;
  readonly client?: string;
  readonly transport?: "udp" | "tcp";
  readonly name?: string;
  readonly type?: string;
  readonly class?: string;
  readonly rcode?: string;
  readonly tc?: true;
  readonly ms?: number;
  readonly bytes?: number;
  readonly from?: string;
  readonly upstream?: string;
  readonly cause?: string;
  /** Of a line that is about lines that are not there. */
  readonly missing?: number;
}

/** The lines of a file, all of them whole; none if there is no file. Throws for one that is no JSON. */
export function readLog(path: string): LogLine[] {
  try {
    return parseLog(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

export function parseLog(text: string): LogLine[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("The last line has no end");
  return lines.map((line) => JSON.parse(line));
}

/** Queries that the lines tell of, and those that they say are missing. */
export function countQueries(lines: readonly LogLine[]): { told: number; missing: number } {
  const missing = lines.reduce((sum, line) => sum + (line.missing ?? 0), 0);
  return { told: lines.filter((line) => line.missing === undefined).length, missing };
}
