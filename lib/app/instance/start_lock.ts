/** One at a time starts or ends an instance: what it has found holds until it is done. */

import { reasonOf } from "../system_error.ts";
import { FileLock } from "./file_lock.ts";
import { InstanceError } from "./instance_error.ts";

const NAME = "start.lock";
/** Milliseconds between two attempts. */
const PAUSE = 50;

export class StartLock {
  readonly #lock: FileLock;

  private constructor(lock: FileLock) {
    this.#lock = lock;
  }

  /**
   * Takes the lock of a directory that is there, once nobody else holds it; throws `InstanceError` if that
   * takes longer than `timeout` milliseconds, or cannot be.
   */
  static async take(directory: string, timeout: number): Promise<StartLock> {
    const end = performance.now() + timeout;
    for (;;) {
      const lock = take(`${directory}/${NAME}`);
      if (lock) return new StartLock(lock);
      if (performance.now() >= end) {
        throw new InstanceError(`Another command is starting or ending dnsfwd in ${directory}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  release(): void {
    this.#lock.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function take(path: string): FileLock | undefined {
  try {
    return FileLock.take(path);
  } catch (error) {
    throw new InstanceError(`Cannot lock ${path}: ${reasonOf(error)}`, { cause: error });
  }
}
