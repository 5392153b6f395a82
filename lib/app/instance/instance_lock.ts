/** Who runs: the lock that an instance holds for its life, with its process ID in the file. */

import { reasonOf } from "../state_directory.ts";
import { FileLock } from "./file_lock.ts";
import { InstanceError } from "./instance_error.ts";

const NAME = "instance.lock";

export class InstanceLock {
  readonly #lock: FileLock;

  private constructor(lock: FileLock) {
    this.#lock = lock;
  }

  /** Takes the lock of a directory that is there; undefined: another process holds it. */
  static take(directory: string): InstanceLock | undefined {
    const lock = FileLock.take(`${directory}/${NAME}`);
    if (lock === undefined) return undefined;
    try {
      lock.write(`${Deno.pid}\n`);
    } catch (error) {
      lock.release();
      throw error;
    }
    return new InstanceLock(lock);
  }

  /**
   * The process that holds the lock; undefined: none does. Throws `InstanceError` if the file does not say
   * who holds it, or cannot be read: then its cause is what the system says.
   */
  static holder(directory: string): number | undefined {
    const path = `${directory}/${NAME}`;
    const line = readLine(path);
    if (line === undefined) return undefined;
    if (/^[1-9]\d{0,9}$/.test(line)) return Number(line);
    throw new InstanceError(`A process holds the lock ${path}, and the file does not say which`);
  }

  /** Whether the file is still there: else another process can take the lock. */
  isInPlace(): boolean {
    return this.#lock.isInPlace();
  }

  release(): void {
    this.#lock.release();
  }
}

function readLine(path: string): string | undefined {
  try {
    return FileLock.lineIfHeld(path);
  } catch (error) {
    throw new InstanceError(`Cannot look at the lock ${path}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
