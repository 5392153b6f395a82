/** How a log file is kept from growing for ever: the names that older files go by, and how many there are. */

import { realPath, rename, type Steps } from "./steps.ts";

export interface Rotation {
  /** Octets of a file; 0: as many as come. */
  readonly maxSize: number;
  /** Older files to keep. */
  readonly keep: number;
}

export const NO_ROTATION: Rotation = { maxSize: 0, keep: 0 };

/**
 * Renames the file to `FILE.1`, that before it to `FILE.2` and so on; the oldest gives way. Where the name is a
 * link, that is done where it leads to, so that the link stays. Throws what the system says.
 */
export function* shiftFiles(path: string, keep: number): Steps<void> {
  const file = yield* realPath(path);
  for (let number = keep; number > 1; number--) {
    yield* renameIfThere(`${file}.${number - 1}`, `${file}.${number}`);
  }
  yield* rename(file, `${file}.1`);
}

function* renameIfThere(from: string, to: string): Steps<void> {
  try {
    yield* rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
